import {
  type CommandCall,
  type CommandOutcome,
  type HostCommand,
  unknownWords,
} from '../commands/command.ts';
import type { TableMount } from '../commands/mount/mount-table.ts';
import { badWord, isBad, optionValue, parseWords } from '../commands/options.ts';
import { changeProjects, limitKey, projectsOf, projectUse, xfsOver } from './projects.ts';

const specs = [
  { names: ['-c'], takes: true },
  { names: ['-D'], takes: true },
  { names: ['-P'], takes: true },
  { names: ['-x'] },
] as const;

/** xfs_quota(8) of xfsprogs 6.1, for limits of projects. They are kept and told; nothing here is refused for them. */
export const xfsQuota: HostCommand = {
  name: 'xfs_quota',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, specs);
    if (isBad(words)) return badWord('xfs_quota', words, 'Usage: xfs_quota [-x] [-c cmd]... [path]\n');
    const [path = ''] = words.operands;
    const mount = xfsOver(call.root, call.hostPath(path));
    // The real one ends with 0 as well.
    if (mount?.mountPoint !== call.hostPath(path))
      return {
        code: 0,
        stderr: `xfs_quota: cannot setup path for mount ${path}: No such device or address\n`,
      };
    return run(call, mount, optionValue(words, '-c') ?? '');
  },
};

function run(call: CommandCall, mount: TableMount, command: string): CommandOutcome {
  const isOn = mount.superOptions.includes('prjquota');
  const [, kib, project] = /^limit -p bhard=(\d+)k (\d+)$/.exec(command) ?? [];
  if (project !== undefined)
    return isOn
      ? limit(call, mount, { project: Number(project), kib: Number(kib) })
      : { code: 1, stderr: 'xfs_quota: cannot set limits: Function not implemented\n' };
  const [, what] = /^report -p -([bi]) -n -N$/.exec(command) ?? [];
  if (what === undefined) return unknownWords('xfs_quota', command);
  return { code: 0, stdout: isOn ? report(call, mount, what === 'i') : '' };
}

function limit(
  { root, step }: CommandCall,
  mount: TableMount,
  { project, kib }: { readonly project: number; readonly kib: number },
): CommandOutcome {
  changeProjects(root, (before) => ({
    ...before,
    limits: { ...before.limits, [limitKey(mount, project)]: kib },
  }));
  step();
  return { code: 0 };
}

function report({ root }: CommandCall, mount: TableMount, ofFiles: boolean): string {
  const { limits } = projectsOf(root);
  const use = projectUse(root, mount);
  const limited = Object.keys(limits).flatMap((key) => {
    const [fileSystem, project] = key.split(' ');
    return fileSystem === mount.fileSystem ? Number(project) : [];
  });
  const projects = [...new Set([...use.keys(), ...limited])].sort((a, b) => a - b);
  return projects
    .map((project) => {
      const { files = 0, kib = 0 } = use.get(project) ?? {};
      const hard = ofFiles ? 0 : (limits[limitKey(mount, project)] ?? 0);
      const columns = [ofFiles ? files : kib, 0, hard].map((number) => `${number}`.padStart(10));
      return `${`#${project}`.padEnd(10)}${columns.join(' ')}     00 [--------]\n`;
    })
    .join('');
}
