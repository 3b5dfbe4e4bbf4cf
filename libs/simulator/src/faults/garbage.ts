import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { HostRoot } from '@rackwright/host';
import { makeFolderSync } from '@rackwright/host';
import { replaceFile } from '../host/atomic-files.ts';

/** Every byte value, NUL and invalid UTF-8 included. */
const everyByte = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7) & 0xff);
const HUGE_BYTES = 32 * 1024 * 1024;

const makers = {
  binary: (root, path) => replaceFile(root, path, everyByte),
  huge: (root, path) => replaceFile(root, path, Buffer.alloc(HUGE_BYTES, '9')),
  empty: (root, path) => replaceFile(root, path, ''),
  folder: (root, path) => {
    mkdirSync(root.path(path));
  },
  'dangling-link': (root, path) => symlinkSync('nowhere/at/all', root.path(path)),
  'link-loop': (root, path) => symlinkSync(basename(path), root.path(path)),
  fifo: (root, path) => {
    execFileSync('mkfifo', [root.path(path)]);
  },
} as const satisfies Record<string, (root: HostRoot, path: string) => void>;

/** What a broken driver or disk may leave where one value is expected. */
export type GarbageKind = keyof typeof makers;
export const garbageKinds = Object.keys(makers) as readonly GarbageKind[];

/** Puts garbage at a free path. */
export function placeGarbage(root: HostRoot, path: string, kind: GarbageKind): void {
  makeFolderSync(dirname(root.path(path)));
  makers[kind](root, path);
}
