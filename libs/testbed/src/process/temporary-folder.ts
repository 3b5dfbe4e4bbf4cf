import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { orphans, ownFolder, removeOrphans, removeOwned } from './owner.ts';

/** A folder that goes when it is disposed, or at the latest when a later run finds its owner gone. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes a folder in the system's temporary folder. Its name stays short, links
 * resolved: paths of unix sockets below it may have 107 bytes at most.
 *
 * @param prefix short start of the name, the same for every folder of one kind
 */
export async function temporaryFolder(prefix: string): Promise<TemporaryFolder> {
  const parent = await realpath(tmpdir());
  await removeOrphans(parent, prefix);
  const path = await mkdtemp(join(parent, prefix));
  await ownFolder(path);
  return { path, [Symbol.asyncDispose]: () => removeOwned(path) };
}

/** Temporary folders of a kind whose owner is gone; the next of its kind removes them. */
export async function orphanedFolders(prefix: string): Promise<string[]> {
  return orphans(await realpath(tmpdir()), prefix);
}
