import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HwError } from '@rackwright/core';
import { readTar } from '../tar/read-tar.ts';

/**
 * The content of one plain file of a `.tar.gz`. Nothing is written anywhere, so
 * names inside the archive cannot do harm.
 *
 * @throws HwError InvalidArgument if it is no such archive, is larger than `maxBytes` unpacked, or
 *   lacks the member
 */
export async function extractMember(archive: Buffer, member: string, maxBytes: number): Promise<Buffer> {
  const tar = await promisify(gunzip)(archive, { maxOutputLength: maxBytes }).catch((cause: unknown) => {
    throw new HwError('InvalidArgument', 'the archive cannot be unpacked', { cause });
  });
  const found = (await readTar(tar)).find(({ path, type }) => type === 'file' && path === member);
  if (found === undefined) throw new HwError('InvalidArgument', `the archive has no file ${member}`);
  return found.data;
}
