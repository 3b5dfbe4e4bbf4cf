import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** How a durable file is written. */
export interface DurableFileOptions {
  /** Permission bits; default 0o644. */
  readonly mode?: number;
}

let sequence = 0;

/**
 * Replaces a file in one step that survives a crash: a temporary file beside
 * it is written and synced, renamed over it, and the folder is synced. Readers
 * see the old content or the new one, never a part.
 *
 * @throws HwError naming a folder that cannot be made; else what the file system says
 */
export async function writeFileDurable(
  path: string,
  content: string | Uint8Array,
  options: DurableFileOptions = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${process.pid}.${++sequence}.tmp`);
  const file = await create(temporary, options.mode ?? 0o644);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Makes a file, and its folder where that is missing. */
async function create(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, 'wx', mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    await makeFolder(dirname(path));
    return open(path, 'wx', mode);
  }
}

/** Removes a file and syncs its folder; a missing file is fine. */
export async function removeFileDurable(path: string): Promise<void> {
  await rm(path, { force: true });
  await syncFolder(dirname(path));
}

/** Removes what an interrupted `writeFileDurable` of `path` left behind. Call it once at start. */
export async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const prefix = `.${basename(path)}.`;
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names) {
    if (name.startsWith(prefix) && name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync();
  } catch {
    // Some file systems refuse to sync a folder; the rename is still atomic there.
  } finally {
    await handle?.close();
  }
}
