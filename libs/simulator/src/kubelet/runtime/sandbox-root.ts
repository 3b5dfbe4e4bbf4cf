import { existsSync } from 'node:fs';
import { lstat, mkdir, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeFolder } from '@rackwright/host';

/** One thing that appears inside a container. */
export interface SandboxMount {
  /** Absolute path in the container. */
  readonly containerPath: string;
  /** Real path on this machine. */
  readonly source: string;
  /** Whether mount points of other mounts may be created inside the source. */
  readonly holdsMounts?: boolean;
}

/**
 * Lays out the folder that stands for a container's `/`: every mount is a
 * symlink to its source. A mount below another one is put inside it, if that
 * may hold it; else the outer one becomes a folder of symlinks to what it holds
 * at that moment, so what is added to it later is not seen.
 */
export async function layOutRoot(root: string, mounts: readonly SandboxMount[]): Promise<void> {
  await makeFolder(root);
  const depth = (mount: SandboxMount): number => mount.containerPath.split('/').filter(Boolean).length;
  const placed: SandboxMount[] = [];
  for (const mount of [...mounts].sort((a, b) => depth(a) - depth(b))) {
    await place(root, mount, placed);
    placed.push(mount);
  }
}

async function place(root: string, mount: SandboxMount, placed: readonly SandboxMount[]): Promise<void> {
  const target = join(root, mount.containerPath);
  const outer = placed.findLast((one) => isBelow(mount.containerPath, one.containerPath));
  if (outer !== undefined && outer.containerPath !== mount.containerPath) {
    const inside = join(outer.source, relative(outer.containerPath, mount.containerPath));
    if (await sameFile(inside, mount.source)) return;
    const there = await lstat(inside).catch(() => undefined);
    // What a volume holds at that place is covered, never removed.
    if (!outer.holdsMounts || there?.isSymbolicLink() === false) await unfold(root, target);
  }
  await makeFolder(dirname(target));
  await rm(target, { recursive: true, force: true });
  await symlink(mount.source, target);
}

/** Turns every symlink on the way from `root` to the folder of `target` into a folder of symlinks. */
async function unfold(root: string, target: string): Promise<void> {
  let at = root;
  for (const part of relative(root, dirname(target)).split('/')) {
    at = join(at, part);
    const stat = await lstat(at).catch(() => undefined);
    if (!stat?.isSymbolicLink()) continue;
    const source = await realpath(at).catch(() => undefined);
    await rm(at);
    await mkdir(at);
    if (source === undefined) continue;
    for (const name of await readdir(source).catch(() => []))
      await symlink(join(source, name), join(at, name));
  }
}

/** A word of a command, as a path of this machine if it is the path of something in the container's root. */
export function insideRoot(root: string, word: string): string {
  const path = join(root, word);
  return word.startsWith('/') && word !== '/' && existsSync(path) ? path : word;
}

/** Whether a path below `root` lies in the root's own folders and not in something that is mounted there. */
export async function isOwnPath(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const part of relative(root, path).split('/')) {
    at = join(at, part);
    if ((await lstat(at).catch(() => undefined))?.isSymbolicLink()) return false;
  }
  return true;
}

function isBelow(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith('..');
}

async function sameFile(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map((path) => realpath(path).catch(() => undefined)));
  return left !== undefined && left === right;
}
