import { HwError } from '@rackwright/core';
import { readTar, type TarEntry, writeTar } from '@rackwright/testbed/without-nodes';

/**
 * A layer's archive with everything taken out that depends on when, by whom and
 * with which tool it was built: entries are sorted, belong to root, are dated
 * 1970, and have mode 0755 or 0644, which also drops set-uid bits and extended
 * attributes. Two builds of the same files give the same bytes.
 */
export async function normalLayer(archive: Buffer): Promise<Buffer> {
  // A later entry of the same name replaces an earlier one.
  const entries = await readTar(archive);
  const byPath = new Map(entries.map((entry) => [entry.path, normalEntry(entry)]));
  byPath.delete('');
  const paths = [...byPath.keys()].sort();
  return writeTar(paths.flatMap((path) => byPath.get(path) ?? []));
}

function normalEntry(entry: TarEntry): TarEntry {
  if (entry.path.split('/').includes('..')) {
    throw new HwError('InvalidArgument', `a layer holds ${entry.path}, which leaves the image`);
  }
  return { ...entry, mode: modeOf(entry), uid: 0, gid: 0, mtime: 0, xattrs: new Map() };
}

function modeOf({ type, mode }: TarEntry): number {
  if (type === 'symlink') return 0o777;
  return type === 'directory' || (mode & 0o111) !== 0 ? 0o755 : 0o644;
}
