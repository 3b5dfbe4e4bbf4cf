import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandCall, type HostCommand, unknownWords } from './command.ts';

/** tee(1) of coreutils, for what is written to files of the kernel: there it can make no new one. */
export const tee: HostCommand = {
  name: 'tee',
  folder: '/usr/bin',
  run: (call) => {
    const options = call.args.filter((word) => word.startsWith('-'));
    if (options.length > 0) return unknownWords('tee', options.join(' '));
    const text = readFileSync(0);
    const failures = call.args.flatMap((path) => write(call, path, text));
    return { code: failures.length === 0 ? 0 : 1, bytes: text, stderr: failures.join('') };
  },
};

function write({ root, hostPath, step }: CommandCall, path: string, text: Uint8Array): string[] {
  try {
    writeFileSync(root.path(hostPath(path)), text, { flag: 'r+' });
    step();
    return [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [`tee: ${path}: No such file or directory\n`];
  }
}
