import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HwError } from '@rackwright/core';

const block = 512;

/**
 * The content of one plain file of a `.tar.gz`. Only that member is looked at,
 * and nothing is written anywhere, so names inside the archive cannot do harm.
 *
 * @throws HwError InvalidArgument if it is no such archive, is larger than `maxBytes` unpacked, or
 *   lacks the member
 */
export async function extractMember(archive: Buffer, member: string, maxBytes: number): Promise<Buffer> {
  const tar = await promisify(gunzip)(archive, { maxOutputLength: maxBytes }).catch((cause: unknown) => {
    throw new HwError('InvalidArgument', 'the archive cannot be unpacked', { cause });
  });
  const found = tarMember(tar, member);
  if (found === undefined) throw new HwError('InvalidArgument', `the archive has no file ${member}`);
  return found;
}

/** The content of the plain file `member` of a tar archive (POSIX ustar headers), if it is there whole. */
export function tarMember(tar: Buffer, member: string): Buffer | undefined {
  for (let offset = 0; offset + block <= tar.length; ) {
    const header = tar.subarray(offset, offset + block);
    const size = octal(header, 124, 12);
    if (size === undefined) return undefined;
    const start = offset + block;
    if (isFile(header) && memberName(header) === member) {
      return start + size <= tar.length ? tar.subarray(start, start + size) : undefined;
    }
    offset = start + Math.ceil(size / block) * block;
  }
  return undefined;
}

function isFile(header: Buffer): boolean {
  const type = header[156];
  return type === 0 || type === '0'.charCodeAt(0);
}

function memberName(header: Buffer): string {
  const name = text(header, 0, 100);
  const ustar = text(header, 257, 5) === 'ustar';
  const prefix = ustar ? text(header, 345, 155) : '';
  return (prefix === '' ? name : `${prefix}/${name}`).replace(/^\.\//, '');
}

function octal(header: Buffer, start: number, length: number): number | undefined {
  const digits = text(header, start, length).trim();
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function text(header: Buffer, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? length : end).toString('latin1');
}
