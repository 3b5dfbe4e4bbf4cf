/// <reference path="./tar-stream.d.ts" />
import { buffer } from 'node:stream/consumers';
import { HwError } from '@rackwright/core';
import { pack } from 'tar-stream';
import type { TarEntry, TarType } from './tar-entry.ts';

const kinds: ReadonlySet<TarType> = new Set(['file', 'link', 'symlink', 'directory']);

/**
 * Writes a tar archive: ustar, with a pax header only before an entry whose
 * name needs one. Equal entries give equal bytes. Extended attributes are not
 * written.
 *
 * @throws HwError Unsupported for a device
 */
export async function writeTar(entries: readonly TarEntry[]): Promise<Buffer> {
  for (const { type, path } of entries) {
    if (!kinds.has(type)) {
      throw new HwError('Unsupported', `${path}: a ${type} device has no place in an image`);
    }
  }
  const archive = pack();
  for (const { path, type, mode, uid, gid, mtime, target, data } of entries) {
    const name = type === 'directory' ? `${path}/` : path;
    const header = { name, type, mode, uid, gid, mtime: new Date(mtime * 1000), linkname: target || null };
    archive.entry(header, type === 'file' ? data : undefined);
  }
  archive.finalize();
  return buffer(archive);
}
