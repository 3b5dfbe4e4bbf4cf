import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

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

/** Removes folders in `parent` whose name starts with `prefix` and whose owner is gone. */
export async function removeOrphans(parent: string, prefix: string): Promise<void> {
  const names = await readdir(parent).catch(() => [] as string[]);
  for (const name of names.filter((candidate) => candidate.startsWith(prefix))) {
    const folder = join(parent, name);
    const owner = parseOwner(await readFile(join(folder, ownerFile), 'utf8').catch(() => ''));
    // A folder of another user cannot be removed and is theirs to clean.
    if (owner !== undefined && isGone(owner)) {
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
