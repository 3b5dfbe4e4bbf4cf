import { existsSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import {
  type CommandCall,
  type CommandOutcome,
  type HostCommand,
  unknownWords,
} from '../commands/command.ts';
import { badWord, isBad, parseWords } from '../commands/options.ts';
import { diskAtPath, readDisk } from '../disks/host-disk.ts';
import { changeProjects, folderKey, projectsOf, xfsOver } from './projects.ts';
import { readXfs } from './xfs.ts';
import { BLOCK } from './xfs-geometry.ts';

const specs = [{ names: ['-c'], takes: true }, { names: ['-r'] }] as const;

/** xfs_io(8) of xfsprogs 6.1, for the project of a folder and the size of its file system; `chattr +P` says what is so anyway here. */
export const xfsIo: HostCommand = {
  name: 'xfs_io',
  folder: '/usr/sbin',
  run: (call) => {
    const words = parseWords(call.args, specs);
    if (isBad(words)) return badWord('xfs_io', words, 'Usage: xfs_io [-r] [-c cmd]... file\n');
    const [path = ''] = words.operands;
    if (!existsSync(call.root.path(call.hostPath(path))))
      return { code: 1, stderr: `${path}: No such file or directory\n` };
    const outcomes = (words.options.get('-c') ?? []).map((command) => run(call, path, command));
    return {
      code: Math.max(0, ...outcomes.map(({ code }) => code)),
      stdout: outcomes.map(({ stdout = '' }) => stdout).join(''),
      stderr: outcomes.map(({ stderr = '' }) => stderr).join(''),
    };
  },
};

function run({ root, hostPath, step }: CommandCall, path: string, command: string): CommandOutcome {
  const folder = hostPath(path);
  const mount = xfsOver(root, folder);
  const [, project] = /^chproj (\d+)$/.exec(command) ?? [];
  if (command === 'chattr +P') return { code: 0 };
  // How large pieces of new files are makes no difference here.
  if (/^extsize \d+[km]?$/.test(command) && mount !== undefined) return { code: 0 };
  if (command === 'statfs' && mount !== undefined) return statfs(root, mount.source);
  if (project === undefined && command !== 'lsproj') return unknownWords('xfs_io', command);
  if (mount === undefined)
    return { code: 1, stderr: 'foreign file active, command is for XFS filesystems only\n' };
  const key = folderKey(root, mount, folder);
  if (project === undefined) return { code: 0, stdout: `projid = ${projectsOf(root).folders[key] ?? 0}\n` };
  changeProjects(root, (before) => ({ ...before, folders: { ...before.folders, [key]: Number(project) } }));
  step();
  return { code: 0 };
}

/** What does not depend on the files in it. */
function statfs(root: HostRoot, source: string): CommandOutcome {
  const disk = diskAtPath(root, source);
  const geometry = disk && readXfs(readDisk(root, disk, 0, disk.physicalBlockBytes));
  if (geometry === undefined) return { code: 1, stderr: 'XFS_IOC_FSGEOMETRY: Input/output error\n' };
  const { groups, groupBlocks, blocks, unit, width } = geometry;
  const lines = [
    `geom.bsize = ${BLOCK}`,
    `geom.agcount = ${groups}`,
    `geom.agblocks = ${groupBlocks}`,
    `geom.datablocks = ${blocks}`,
    `geom.sunit = ${unit}`,
    `geom.swidth = ${width}`,
  ];
  return { code: 0, stdout: `${lines.join('\n')}\n` };
}
