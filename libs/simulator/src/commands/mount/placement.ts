import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type HostRoot, makeFolderSync } from '@rackwright/host';
import { SCRATCH } from '../../host/atomic-files.ts';
import { type MountTable, ROOT } from './mount-table.ts';

/** A mount whose folder is in place. */
interface Placed {
  readonly id: number;
  readonly mountPoint: string;
  readonly fileSystem: string;
  /** What is mounted, in its file system. */
  readonly root: string;
}

const HIDDEN = `${SCRATCH}/mounts/hidden`;
const CONTENTS = `${SCRATCH}/mounts/file-systems`;

/** File systems that forget what is in them with their last mount. */
export const MEMORY = 'memory-';

/**
 * Brings the folders of a host in line with its mounts. What is in a file system
 * is a folder that stands where it is mounted first; its other mounts are links
 * to there. What a mount hides waits aside. Can be done again at any time.
 */
export function settle(root: HostRoot, { mounts }: MountTable): void {
  const wanted: readonly Placed[] = mounts.filter(({ id }) => id !== 1);
  makeFolderSync(root.path(HIDDEN));
  makeFolderSync(root.path(CONTENTS));
  for (const mount of placedBefore(root).reverse()) {
    if (!wanted.some(({ id }) => id === mount.id)) takeAway(root, mount);
  }
  for (const mount of wanted) {
    const covered = wanted.some(({ id, mountPoint }) => id > mount.id && mountPoint === mount.mountPoint);
    if (!covered) put(root, mount, firstOf(mount.fileSystem, wanted));
  }
  forget(root, wanted);
}

/** The mount whose folder is the content itself. */
function firstOf(fileSystem: string, mounts: readonly Placed[]): Placed | undefined {
  return mounts.find((mount) => mount.fileSystem === fileSystem && mount.root === '/' && fileSystem !== ROOT);
}

function placedBefore(root: HostRoot): Placed[] {
  const names = readdirSync(root.path(HIDDEN)).filter((name) => name.endsWith('.json'));
  const placed = names.map(
    (name) => JSON.parse(readFileSync(root.path(`${HIDDEN}/${name}`), 'utf8')) as Placed,
  );
  return placed.sort((a, b) => a.id - b.id);
}

function takeAway(root: HostRoot, { id, mountPoint, fileSystem }: Placed): void {
  const place = root.path(mountPoint);
  const hidden = root.path(`${HIDDEN}/${id}`);
  if (existsSync(hidden)) {
    if (isLink(place)) rmSync(place);
    else if (existsSync(place)) renameSync(place, root.path(contentOf(fileSystem)));
    renameSync(hidden, place);
  }
  rmSync(`${hidden}.json`);
}

function put(root: HostRoot, mount: Placed, first: Placed | undefined): void {
  const place = root.path(mount.mountPoint);
  const hidden = root.path(`${HIDDEN}/${mount.id}`);
  const { id, mountPoint, fileSystem } = mount;
  writeFileSync(
    `${hidden}.json`,
    JSON.stringify({ id, mountPoint, fileSystem, root: mount.root } satisfies Placed),
  );
  if (!existsSync(hidden)) renameSync(place, hidden);
  if (mount.id === first?.id) putContent(root, mount);
  else putLink(place, root.path(join(first?.mountPoint ?? contentOf(fileSystem), mount.root)));
}

function putContent(root: HostRoot, { mountPoint, fileSystem }: Placed): void {
  const place = root.path(mountPoint);
  if (isLink(place)) rmSync(place);
  if (existsSync(place)) return;
  const content = root.path(contentOf(fileSystem));
  makeFolderSync(content);
  renameSync(content, place);
}

function putLink(place: string, target: string): void {
  const text = relative(dirname(place), target);
  if (isLink(place) && readlinkSync(place) === text) return;
  rmSync(place, { force: true });
  symlinkSync(text, place);
}

/** Memory file systems that are mounted nowhere any more. */
function forget(root: HostRoot, mounts: readonly Placed[]): void {
  for (const name of readdirSync(root.path(CONTENTS))) {
    if (!name.startsWith(MEMORY) || mounts.some(({ fileSystem }) => fileSystem === name)) continue;
    rmSync(root.path(`${CONTENTS}/${name}`), { recursive: true });
  }
}

/** Where a file system's folder is while it is mounted nowhere; that of the host itself is always in place. */
function contentOf(fileSystem: string): string {
  return fileSystem === ROOT ? '/' : `${CONTENTS}/${fileSystem}`;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
