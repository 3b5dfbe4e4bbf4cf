import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { unmountBelow } from './mounts.ts';

/** Which process made a folder or holds a lock. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
}

const ownerFile = 'owner.json';

export function thisProcess(): Owner {
  return { pid: process.pid, host: hostname() };
}

/** Reads an owner back; undefined when `text` is not one. */
export function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('host' in value))
      return undefined;
    const { pid, host } = value;
    return isPid(pid) && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** Zero and below would mean process groups. */
function isPid(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) > 0;
}

/** True when `owner` certainly does not run any more. Of another machine nothing is certain. */
export function isGone(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Marks `folder` as ours, so that a later run may remove it if we are killed. */
export async function ownFolder(folder: string): Promise<void> {
  await writeFile(join(folder, ownerFile), JSON.stringify(thisProcess()));
}

/** Folders in `parent` whose name starts with `prefix` and whose owner is gone. */
export async function orphans(parent: string, prefix: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => [] as string[]);
  const gone: string[] = [];
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    const folder = join(parent, name);
    const owner = parseOwner(await readFile(join(folder, ownerFile), 'utf8').catch(() => ''));
    if (owner !== undefined && isGone(owner)) gone.push(folder);
  }
  return gone;
}

/** Removes folders in `parent` whose name starts with `prefix` and whose owner is gone. */
export async function removeOrphans(parent: string, prefix: string): Promise<void> {
  // A folder of another user cannot be removed and is theirs to clean.
  for (const folder of await orphans(parent, prefix)) await removeOwned(folder).catch(() => undefined);
}

/**
 * Removes a folder of ours with what is mounted in it. The note of its owner
 * goes last: as long as anything is left, a later run knows whose it was.
 */
export async function removeOwned(folder: string): Promise<void> {
  await unmountBelow(folder);
  const options = { recursive: true, force: true, maxRetries: 3 };
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names.filter((one) => one !== ownerFile)) await rm(join(folder, name), options);
  await rm(folder, options);
}
