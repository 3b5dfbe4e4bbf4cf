import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { SCRATCH } from '../host/atomic-files.ts';

/** Files above this size stand in the listing with their size only. */
const LONGEST = 16 * 1024;

/**
 * Every file, link and empty folder of a host, one a line and sorted, as the
 * recorded samples of real hosts have them. What differs from machine to
 * machine is replaced: the host's own folder by `<root>`, the Node program by
 * `<node>`. The simulator's own files are left out.
 */
export function hostListing(root: HostRoot, from = '/'): string[] {
  return readdirSync(root.path(from))
    .map((name) => `${from === '/' ? '' : from}/${name}`)
    .filter((path) => path !== SCRATCH)
    .sort()
    .flatMap((path) => entryLines(root, path));
}

function entryLines(root: HostRoot, path: string): string[] {
  const stat = lstatSync(root.path(path));
  if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(root.path(path))}`];
  if (!stat.isDirectory()) return [`${path}${modeOf(stat, 0o644)} = ${contentOf(root, path, stat)}`];
  const below = hostListing(root, path);
  return below.length === 0 ? [`${path}/`] : below;
}

function modeOf(stat: Stats, usual: number): string {
  const mode = stat.mode & 0o777;
  return mode === usual ? '' : ` (${mode.toString(8)})`;
}

function contentOf(root: HostRoot, path: string, stat: Stats): string {
  if (stat.isCharacterDevice()) return `<character device ${stat.rdev}>`;
  if (stat.isBlockDevice()) return `<block device ${stat.rdev}>`;
  if (!stat.isFile() || stat.size > LONGEST) return `<${stat.size} bytes>`;
  const text = readFileSync(root.path(path), 'utf8');
  return JSON.stringify(text.replaceAll(root.prefix, '<root>').replaceAll(process.execPath, '<node>'));
}
