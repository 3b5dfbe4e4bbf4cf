import { randomUUID } from 'node:crypto';
import { closeSync, lstatSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { HostRoot } from '@rackwright/host';
import { makeFolderSync } from '@rackwright/host';

/** Folder of the simulator's own files inside a simulated host; agents never look there. */
export const SCRATCH = '/.simulator';

/**
 * Replaces whatever `path` is with a file, in one step for whoever reads it. A
 * file of the same length stays the same file, so that whoever keeps it open
 * reads the new value, as in sysfs.
 */
export function replaceFile(root: HostRoot, path: string, content: string | Uint8Array): void {
  if (!overwrite(root.path(path), content)) exchange(root, path, content);
}

function overwrite(path: string, content: string | Uint8Array): boolean {
  const bytes = Buffer.from(content);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || stat.size !== bytes.length) return false;
  const fd = openSync(path, 'r+');
  try {
    return writeSync(fd, bytes, 0, bytes.length, 0) === bytes.length;
  } finally {
    closeSync(fd);
  }
}

function exchange(root: HostRoot, path: string, content: string | Uint8Array): void {
  const temporary = scratchPath(root);
  const target = root.path(path);
  writeFileSync(temporary, content);
  makeFolderSync(dirname(target));
  try {
    renameSync(temporary, target);
  } catch {
    // Something that is not a file is in the way.
    rmSync(target, { recursive: true, force: true });
    renameSync(temporary, target);
  }
}

/** Makes `path` disappear in one step, whatever it is; a missing one is fine. */
export function removePath(root: HostRoot, path: string): void {
  const temporary = scratchPath(root);
  try {
    renameSync(root.path(path), temporary);
  } catch {
    return;
  }
  rmSync(temporary, { recursive: true, force: true });
}

function scratchPath(root: HostRoot): string {
  const folder = root.path(SCRATCH);
  makeFolderSync(folder);
  return join(folder, randomUUID());
}

/** Something moved aside by `stashPath`. */
export interface StashedPath {
  readonly path: string;
  /** Where it waits; undefined if there was nothing. */
  readonly kept: string | undefined;
}

/** Moves what is at `path` out of sight, to be brought back by `restorePath`. */
export function stashPath(root: HostRoot, path: string): StashedPath {
  const kept = scratchPath(root);
  try {
    renameSync(root.path(path), kept);
    return { path, kept };
  } catch {
    return { path, kept: undefined };
  }
}

/** Undoes `stashPath`, whatever is at the path now. If its folder is gone, so is what was kept. */
export function restorePath(root: HostRoot, stashed: StashedPath): void {
  removePath(root, stashed.path);
  if (stashed.kept === undefined) return;
  try {
    renameSync(stashed.kept, root.path(stashed.path));
  } catch {
    rmSync(stashed.kept, { recursive: true, force: true });
  }
}
