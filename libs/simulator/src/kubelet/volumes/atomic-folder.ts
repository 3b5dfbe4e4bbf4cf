import { randomBytes } from 'node:crypto';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { HwError } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';

/** A file of a projected volume. */
export interface ProjectedFile {
  readonly content: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/** Files by path relative to the volume. */
export type Payload = ReadonlyMap<string, ProjectedFile>;

/** The link that is switched from one set of files to the next (pkg/volume/util/atomic_writer.go). */
const dataLink = '..data';

/**
 * Makes a folder show exactly `payload`. All files change at once: they lie in
 * a folder of their own, `..data` points at it, and the visible names are links
 * through `..data`. Does nothing when nothing changed.
 *
 * @returns whether anything was written
 * @throws HwError InvalidArgument when a path leaves the folder
 */
export async function writePayload(folder: string, payload: Payload): Promise<boolean> {
  for (const path of payload.keys()) checkPath(path);
  await makeFolder(folder);
  const current = await readlink(join(folder, dataLink)).catch(() => undefined);
  if (current !== undefined && (await shows(join(folder, current), payload))) return false;
  const next = `..${randomBytes(6).toString('hex')}`;
  await mkdir(join(folder, next));
  for (const [path, file] of payload) await writeOne(join(folder, next, path), file);
  await symlink(next, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), join(folder, dataLink));
  await linkNames(folder, new Set([...payload.keys()].map((path) => path.split('/')[0] ?? path)));
  if (current !== undefined) await rm(join(folder, current), { recursive: true, force: true });
  return true;
}

function checkPath(path: string): void {
  if (path === '' || path.startsWith('/') || path.startsWith('..') || path.split('/').includes('..')) {
    throw new HwError('InvalidArgument', `${JSON.stringify(path)} is not a path inside a volume`, {
      field: 'path',
    });
  }
}

async function shows(folder: string, payload: Payload): Promise<boolean> {
  const names = await filesBelow(folder);
  if (names.length !== payload.size) return false;
  for (const name of names) {
    const wanted = payload.get(name);
    if (wanted === undefined || !wanted.content.equals(await readFile(join(folder, name)))) return false;
    if (((await stat(join(folder, name))).mode & 0o777) !== wanted.mode) return false;
  }
  return true;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function writeOne(path: string, { content, mode }: ProjectedFile): Promise<void> {
  await makeFolder(dirname(path));
  await writeFile(path, content);
  // Set apart, since the umask would cut it.
  await chmod(path, mode);
}

async function linkNames(folder: string, names: ReadonlySet<string>): Promise<void> {
  const present = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  for (const name of present)
    if (!names.has(name)) await rm(join(folder, name), { recursive: true, force: true });
  for (const name of names) {
    if (!present.includes(name)) await symlink(join(dataLink, name), join(folder, name));
  }
}
