import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { type HostRoot, makeFolderSync } from '@rackwright/host';
import { removePath, replaceFile } from './atomic-files.ts';
import { type TreeEntry, writeEntry } from './tree.ts';

/**
 * Turns the files that show one state of the hardware into those that show the
 * next. What is in both stays untouched, whatever somebody made of it meanwhile.
 * What is gone goes with its folders: links first, as user space sees a device
 * go. Can be done again if it was interrupted.
 */
export function changeTree(root: HostRoot, before: readonly TreeEntry[], after: readonly TreeEntry[]): void {
  for (const path of goneRoots(before, after)) removePath(root, path);
  const same = new Set(before.map(fingerprint));
  for (const entry of after) if (!same.has(fingerprint(entry))) place(root, entry);
}

/**
 * Folders that belong to one device or one kind of hardware, and go with it. All
 * others, such as /dev, a class, or the port of a card, are there for everybody.
 */
const isOwn =
  /^\/(sys\/devices\/(pci[^/]+\/[^/]+\/[^/]+|virtual\/[^/]+|LNXSYSTM:00)|\.simulator\/[^/]+\/[^/]+)(\/|$)/;

/** The paths to remove, each with all below it. */
export function goneRoots(before: readonly TreeEntry[], after: readonly TreeEntry[]): string[] {
  const kept = new Set(after.flatMap(({ path }) => [path, ...ancestors(path)]));
  // Where only links of this tree are, such as in a folder `holders`, all else is somebody else's.
  const owned = new Set(
    before.flatMap(({ path, kind }) => (kind === 'link' ? [] : [path, ...ancestors(path)])),
  );
  const links = new Set<string>();
  const others = new Set<string>();
  for (const { path, kind } of before) {
    if (kept.has(path)) continue;
    const top =
      ancestors(path).findLast((above) => !kept.has(above) && owned.has(above) && isOwn.test(above)) ?? path;
    (kind === 'link' && top === path ? links : others).add(top);
  }
  return [...links, ...others];
}

/** The folders above a path, the nearest first. */
function ancestors(path: string): string[] {
  const above: string[] = [];
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) above.push(folder);
  return above;
}

function fingerprint(entry: TreeEntry): string {
  return JSON.stringify(entry);
}

function place(root: HostRoot, entry: TreeEntry): void {
  makeFolderSync(root.path(entry.kind === 'folder' ? entry.path : dirname(entry.path)));
  switch (entry.kind) {
    case 'file':
      replaceFile(root, entry.path, entry.content);
      chmodSync(root.path(entry.path), entry.mode ?? 0o644);
      return;
    case 'link':
      removePath(root, entry.path);
      writeEntry(root, entry);
      return;
    default:
      writeEntry(root, entry);
  }
}
