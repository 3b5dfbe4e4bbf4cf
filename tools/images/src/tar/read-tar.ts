import { HwError } from '@rackwright/core';
import { parsePax } from './pax.ts';
import type { TarEntry, TarType } from './tar-entry.ts';

const block = 512;
const types: Readonly<Record<string, TarType>> = {
  '': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};
const xattrPrefix = 'SCHILY.xattr.';

/**
 * Reads a tar archive as GNU tar, Go and BuildKit write it: ustar, pax headers,
 * GNU long names and binary numbers.
 *
 * @throws HwError InvalidArgument if the archive is cut off, a header is damaged, or it has what is
 *   not understood, such as sparse files: left out, they would be missing in an image unseen
 */
export function readTar(archive: Buffer): TarEntry[] {
  const entries: TarEntry[] = [];
  let global: ReadonlyMap<string, string> = new Map();
  let pending = new Map<string, string>();
  let at = 0;
  while (at + block <= archive.length) {
    const header = archive.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return entries;
    checkHeader(header, at);
    const kind = text(header, 156, 1);
    const start = at;
    const size = sizeOf(header, kind, pending);
    const data = archive.subarray(at + block, at + block + size);
    if (data.length < size) throw damaged(at, 'its contents are cut off');
    at += block + Math.ceil(size / block) * block;
    if (kind === 'g') global = new Map([...global, ...globalPax(data, start)]);
    else if (kind === 'x') pending = new Map([...pending, ...parsePax(data)]);
    else if (kind === 'L') pending.set('path', cString(data));
    else if (kind === 'K') pending.set('linkpath', cString(data));
    else {
      const type = typeOf(kind, pending, start);
      entries.push(entryOf(header, type, data, new Map([...global, ...pending])));
      pending = new Map();
    }
  }
  return entries;
}

function typeOf(kind: string, pax: ReadonlyMap<string, string>, at: number): TarType {
  if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse.'))) throw damaged(at, 'it is a sparse file');
  const type = types[kind];
  if (type === undefined) throw damaged(at, `its kind ${JSON.stringify(kind)} is not known`);
  return type;
}

/** Records for every entry that follows; one name, one size or one target for all of them is an attack or an accident. */
function globalPax(data: Buffer, at: number): Map<string, string> {
  const records = parsePax(data);
  for (const key of ['path', 'linkpath', 'size'])
    if (records.has(key)) throw damaged(at, `a global header sets ${key}`);
  return records;
}

/** A pax size overrides the header's, which cannot hold 8 GiB; it is not meant for the pax header itself. */
function sizeOf(header: Buffer, kind: string, pending: ReadonlyMap<string, string>): number {
  const extended = ['x', 'g', 'L', 'K'].includes(kind) ? undefined : pending.get('size');
  const size = extended === undefined ? number(header, 124, 12) : Number(extended);
  if (!Number.isSafeInteger(size) || size < 0) throw damaged(0, `its size is ${size}`);
  // Links and folders may carry a size that stands for no contents.
  return ['1', '2', '3', '4', '5', '6'].includes(kind) ? 0 : size;
}

function entryOf(header: Buffer, type: TarType, data: Buffer, pax: ReadonlyMap<string, string>): TarEntry {
  const prefix = text(header, 257, 5) === 'ustar' && header[262] === 0 ? text(header, 345, 155) : '';
  const name = text(header, 0, 100);
  const path = pax.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`);
  const number2 = (key: string, offset: number, length: number): number =>
    Math.trunc(Number(pax.get(key) ?? number(header, offset, length)));
  return {
    path: path.replace(/^(\.?\/+)+/, '').replace(/\/+$/, ''),
    // Old archives mark a folder only by its slash.
    type: type === 'file' && path.endsWith('/') ? 'directory' : type,
    mode: number(header, 100, 8) & 0o7777,
    uid: number2('uid', 108, 8),
    gid: number2('gid', 116, 8),
    mtime: number2('mtime', 136, 12),
    target: pax.get('linkpath') ?? text(header, 157, 100),
    data,
    xattrs: new Map(
      [...pax].flatMap(([key, value]) =>
        key.startsWith(xattrPrefix) ? [[key.slice(xattrPrefix.length), value]] : [],
      ),
    ),
  };
}

/** The sum of all header bytes, with the field of the sum itself read as spaces. */
export function headerSum(header: Buffer): number {
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  return sum;
}

function checkHeader(header: Buffer, at: number): void {
  if (number(header, 148, 8) !== headerSum(header)) throw damaged(at, 'its checksum is wrong');
}

/** Octal digits, or a big-endian number marked by the first bit. */
function number(header: Buffer, offset: number, length: number): number {
  const field = header.subarray(offset, offset + length);
  if (((field[0] ?? 0) & 0x80) === 0) return Number.parseInt(cString(field).trim() || '0', 8);
  let value = (field[0] ?? 0) & 0x7f;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}

function text(header: Buffer, offset: number, length: number): string {
  return cString(header.subarray(offset, offset + length));
}

function cString(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

function damaged(at: number, why: string): HwError {
  return new HwError('InvalidArgument', `not a readable tar archive: the entry at byte ${at}: ${why}`);
}
