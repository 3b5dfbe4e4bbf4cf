import { linkSync, lstatSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { HostRoot } from '@rackwright/host';
import { makeFolderSync } from '@rackwright/host';

/** One thing in a simulated file tree; `path` is an absolute host path. */
export type TreeEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly mode?: number;
    }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** A file of the given size in bytes that takes no room on disk. */
  | { readonly kind: 'sparse'; readonly path: string; readonly size: number }
  /**
   * A file of the given size whose bytes are kept at `store` when the path goes
   * and comes back, as a disk keeps what was written on it.
   */
  | { readonly kind: 'disk'; readonly path: string; readonly store: string; readonly size: number };

/** A file that holds one value and the newline the kernel adds. */
export function valueFile(path: string, value: string | number, mode?: number): TreeEntry {
  return textFile(path, `${value}\n`, mode);
}

/** A file with exactly this content. */
export function textFile(path: string, content: string, mode?: number): TreeEntry {
  return mode === undefined ? { kind: 'file', path, content } : { kind: 'file', path, content, mode };
}

export function folder(path: string): TreeEntry {
  return { kind: 'folder', path };
}

export function link(path: string, target: string): TreeEntry {
  return { kind: 'link', path, target };
}

/** A link that leads to another absolute host path by the shortest way, as those in sysfs. */
export function linkTo(path: string, target: string): TreeEntry {
  return link(path, relative(dirname(path), target));
}

/** One value file per entry of `values`, below `folderPath`. */
export function valueFiles(
  folderPath: string,
  values: Readonly<Record<string, string | number>>,
): TreeEntry[] {
  return Object.entries(values).map(([name, value]) => valueFile(`${folderPath}/${name}`, value));
}

/**
 * Creates `entries` below `root`, with the folders they need. Existing files
 * are overwritten; an existing link is an error.
 */
export function writeTree(root: HostRoot, entries: Iterable<TreeEntry>): void {
  const made = new Set<string>();
  const ensure = (path: string): void => {
    if (made.has(path)) return;
    makeFolderSync(root.path(path));
    made.add(path);
  };
  for (const entry of entries) {
    ensure(entry.kind === 'folder' ? entry.path : dirname(entry.path));
    writeEntry(root, entry);
  }
}

export function writeEntry(root: HostRoot, entry: TreeEntry): void {
  const path = root.path(entry.path);
  switch (entry.kind) {
    case 'file':
      writeFileSync(path, entry.content, { mode: entry.mode ?? 0o644 });
      return;
    case 'link':
      symlinkSync(entry.target, path);
      return;
    case 'sparse':
      writeFileSync(path, '');
      truncateSync(path, entry.size);
      return;
    case 'disk':
      writeDisk(root.path(entry.store), path, entry.size);
      return;
    case 'folder':
      return;
  }
}

/** File systems hold no larger file everywhere; what shows of a disk's size is in sysfs. */
const LARGEST_FILE = 2 ** 43;

function writeDisk(store: string, path: string, bytes: number): void {
  const size = Math.min(bytes, LARGEST_FILE);
  makeFolderSync(dirname(store));
  writeFileSync(store, '', { flag: 'a' });
  if (lstatSync(store).size !== size) truncateSync(store, size);
  rmSync(path, { force: true });
  linkSync(store, path);
}
