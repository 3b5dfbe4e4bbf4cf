/// <reference path="./tar-stream.d.ts" />
import { buffer } from 'node:stream/consumers';
import { errorMessage, HwError } from '@rackwright/core';
import { extract, type Header } from 'tar-stream';
import type { TarEntry, TarType } from './tar-entry.ts';

const types: Readonly<Record<string, TarType>> = {
  file: 'file',
  'contiguous-file': 'file',
  link: 'link',
  symlink: 'symlink',
  'character-device': 'character',
  'block-device': 'block',
  directory: 'directory',
  fifo: 'fifo',
};
const xattrPrefix = 'SCHILY.xattr.';

/**
 * Reads a tar archive as GNU tar, Go and BuildKit write it.
 *
 * @throws HwError InvalidArgument if the archive is cut off, a header is damaged, or it has what is
 *   not understood, such as sparse files: left out, they would be missing in an image unseen
 */
export async function readTar(archive: Buffer): Promise<TarEntry[]> {
  try {
    return await entriesOf(archive);
  } catch (cause) {
    throw new HwError('InvalidArgument', `not a readable tar archive: ${errorMessage(cause)}`, { cause });
  }
}

function entriesOf(archive: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  return new Promise((resolve, reject) => {
    const reader = extract();
    reader.on('entry', (header, contents, next) => {
      buffer(contents)
        .then((data) => void entries.push(entryOf(header, data)))
        .then(next, (error: Error) => reader.destroy(error));
    });
    reader.on('finish', () => resolve(entries));
    reader.on('error', reject);
    reader.end(archive);
  });
}

function entryOf(header: Header, data: Buffer): TarEntry {
  const pax = Object.entries(header.pax ?? {});
  return {
    path: header.name.replace(/^(\.?\/+)+/, '').replace(/\/+$/, ''),
    type: typeOf(header),
    mode: header.mode,
    uid: numberOf(header, 'uid', header.uid),
    gid: numberOf(header, 'gid', header.gid),
    mtime: numberOf(header, 'mtime', header.mtime.getTime() / 1000),
    target: header.linkname ?? '',
    data,
    xattrs: new Map(
      pax.flatMap(([key, value]) =>
        key.startsWith(xattrPrefix) ? [[key.slice(xattrPrefix.length), value]] : [],
      ),
    ),
  };
}

function typeOf({ name, type, pax }: Header): TarType {
  if (Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))) {
    throw new Error(`${name} is a sparse file`);
  }
  const known = types[type ?? ''];
  if (known === undefined) throw new Error(`${name} is of a kind that is not known`);
  return known;
}

/** What a pax header says, for a number the header itself has no room for. */
function numberOf({ name, pax }: Header, key: string, fallback: number): number {
  const value = Math.trunc(Number(pax?.[key] ?? fallback));
  if (!Number.isSafeInteger(value)) throw new Error(`${name} has no readable ${key}`);
  return value;
}
