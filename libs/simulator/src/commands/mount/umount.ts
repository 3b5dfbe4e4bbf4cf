import { existsSync } from 'node:fs';
import { type CommandCall, type CommandOutcome, type HostCommand, unknownWords } from '../command.ts';
import { changeMounts } from './change-mounts.ts';
import { diskAt } from './file-systems.ts';
import { type MountTable, type TableMount, withoutMount } from './mount-table.ts';

/** umount(8) of util-linux 2.38; `-l` takes with it what is mounted below. */
export const umount: HostCommand = {
  name: 'umount',
  folder: '/usr/bin',
  run: (call) => {
    const flags = call.args.filter((word) => word.startsWith('-'));
    const targets = call.args.filter((word) => !word.startsWith('-'));
    const unknown = flags.find((flag) => !['-l', '--lazy', '-f', '--force', '-n'].includes(flag));
    if (unknown !== undefined) return unknownWords('umount', unknown);
    if (targets.length === 0) {
      return { code: 1, stderr: "umount: bad usage\nTry 'umount --help' for more information.\n" };
    }
    const lazy = flags.includes('-l') || flags.includes('--lazy');
    const outcomes = targets.map((target) => unmount(call, target, lazy));
    return {
      code: outcomes.some(({ code }) => code !== 0) ? 32 : 0,
      stderr: outcomes.map(({ stderr = '' }) => stderr).join(''),
    };
  },
};

function unmount(call: CommandCall, word: string, lazy: boolean): CommandOutcome {
  const path = call.hostPath(word);
  let outcome: CommandOutcome = { code: 0 };
  changeMounts(call.root, (before) => {
    const source = diskAt(call.root, path)?.source ?? path;
    const found = before.mounts.findLast((one) => one.mountPoint === path || one.source === source);
    const why = found === undefined || found.id === 1 ? absent(call, path) : busy(before, found, lazy);
    if (found !== undefined && why === undefined) return without(before, found);
    outcome = { code: 32, stderr: `umount: ${found?.mountPoint ?? path}: ${why}.\n` };
    return before;
  });
  call.step();
  return outcome;
}

function absent({ root }: CommandCall, path: string): string {
  return existsSync(root.path(path)) ? 'not mounted' : 'no mount point specified';
}

function busy({ mounts }: MountTable, { id }: TableMount, lazy: boolean): string | undefined {
  return !lazy && mounts.some(({ parentId }) => parentId === id) ? 'target is busy' : undefined;
}

function without(table: MountTable, mount: TableMount): MountTable {
  const below = table.mounts.filter(({ parentId }) => parentId === mount.id);
  return withoutMount(below.reduce(without, table), mount.id);
}
