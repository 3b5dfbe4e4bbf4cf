import { constants, createInflate } from 'node:zlib';
import { HwError } from '@rackwright/core';
import { spdyDictionary } from './dictionary.ts';

const mostHeaders = 100;

/** Reads the header blocks of one connection: all of them are one compressed stream. */
export class HeaderReader {
  readonly #inflate = createInflate({
    dictionary: spdyDictionary,
    flush: constants.Z_SYNC_FLUSH,
    finishFlush: constants.Z_SYNC_FLUSH,
  });

  /** @throws HwError InvalidArgument when the block is no list of headers */
  async read(block: Buffer): Promise<Map<string, string>> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (cause: Error): void =>
      reject(new HwError('InvalidArgument', 'a header block cannot be read', { cause }));
    this.#inflate.once('error', fail);
    this.#inflate.write(block, () => resolve());
    await promise;
    this.#inflate.off('error', fail);
    return parseHeaders((this.#inflate.read() as Buffer | null) ?? Buffer.alloc(0));
  }

  close(): void {
    this.#inflate.on('error', () => undefined).close();
  }
}

/** A count, then names and values, each with its length before it. */
export function parseHeaders(data: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const number = (): number => {
    if (at + 4 > data.length) throw new HwError('InvalidArgument', 'a header block ends too early');
    at += 4;
    return data.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const length = number();
    if (at + length > data.length) throw new HwError('InvalidArgument', 'a header block ends too early');
    at += length;
    return data.toString('utf8', at - length, at);
  };
  const count = number();
  if (count > mostHeaders) throw new HwError('InvalidArgument', `a header block has ${count} headers`);
  for (let i = 0; i < count; i++) headers.set(text().toLowerCase(), text());
  return headers;
}

const zlibStart = [0x78, 0x01];
/** Four bytes that are not compressed: the count of no headers. */
const noHeaders = [0, 4, 0, 0xfb, 0xff, 0, 0, 0, 0];
/** Ends a block, so that the other end decodes all it has. */
const flush = [0, 0, 0, 0xff, 0xff];

/** A block without headers; `first` of its connection. */
export function emptyHeaderBlock(first: boolean): Buffer {
  return Buffer.from([...(first ? zlibStart : []), ...noHeaders, ...flush]);
}
