import { HwError } from '@rackwright/core';
import { paxRecord } from './pax.ts';
import { headerSum } from './read-tar.ts';
import type { TarEntry, TarType } from './tar-entry.ts';

const block = 512;
const kinds: Readonly<Partial<Record<TarType, string>>> = {
  file: '0',
  link: '1',
  symlink: '2',
  directory: '5',
};

/**
 * Writes a tar archive: ustar, with a pax header only before an entry whose
 * name needs one. Equal entries give equal bytes. Extended attributes are not
 * written.
 */
export function writeTar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(entryBlocks), Buffer.alloc(2 * block)]);
}

function entryBlocks(entry: TarEntry): Buffer[] {
  const name = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(entry.target) > 100 ? [paxRecord('linkpath', entry.target)] : []),
  ];
  const pax = Buffer.concat(records);
  const paxHeader = { ...entry, mode: 0o644, target: '', data: pax };
  return [
    ...(pax.length === 0 ? [] : [header(paxHeader, 'pax', 'x'), ...padded(pax)]),
    header(entry, name, kindOf(entry)),
    ...padded(entry.data),
  ];
}

function kindOf({ type, path }: TarEntry): string {
  const kind = kinds[type];
  if (kind === undefined)
    throw new HwError('Unsupported', `${path}: a ${type} device has no place in an image`);
  return kind;
}

function padded(data: Buffer): Buffer[] {
  return [data, Buffer.alloc((block - (data.length % block)) % block)];
}

function header(entry: TarEntry, name: string, kind: string): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, offset: number, length: number): void => {
    bytes.write(value.toString(8).padStart(length - 1, '0'), offset, 'latin1');
  };
  Buffer.from(name).copy(bytes, 0, 0, 100);
  octal(entry.mode, 100, 8);
  octal(entry.uid, 108, 8);
  octal(entry.gid, 116, 8);
  octal(entry.data.length, 124, 12);
  octal(entry.mtime, 136, 12);
  bytes.write(kind, 156, 'latin1');
  Buffer.from(entry.target).copy(bytes, 157, 0, 100);
  bytes.write('ustar\u000000', 257, 'latin1');
  bytes.write(`${headerSum(bytes).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}
