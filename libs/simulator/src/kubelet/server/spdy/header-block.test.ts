import { constants, createDeflate, createInflate } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { spdyDictionary } from './dictionary.ts';
import { emptyHeaderBlock, HeaderReader, parseHeaders } from './header-block.ts';

function plainBlock(headers: Readonly<Record<string, string>>): Buffer {
  const number = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer =>
    Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);
  const entries = Object.entries(headers);
  return Buffer.concat([
    number(entries.length),
    ...entries.flatMap(([name, value]) => [text(name), text(value)]),
  ]);
}

/** What a client sends: one compressed stream, handed out after every block. */
async function compressed(blocks: readonly Buffer[]): Promise<Buffer[]> {
  const deflate = createDeflate({ dictionary: spdyDictionary });
  const result: Buffer[] = [];
  for (const block of blocks) {
    const { promise, resolve } = Promise.withResolvers<void>();
    deflate.write(block);
    deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    await promise;
    result.push(deflate.read() as Buffer);
  }
  deflate.close();
  return result;
}

test('headers are read block after block', async () => {
  const sent = [
    { streamtype: 'data', port: '80' },
    { streamtype: 'error' },
    { 'Content-Type': 'x'.repeat(900) },
  ];
  const reader = new HeaderReader();
  const blocks = await compressed(sent.map(plainBlock));
  const read: unknown[] = [];
  for (const block of blocks) read.push(Object.fromEntries(await reader.read(block)));
  expect(read).toEqual([sent[0], sent[1], { 'content-type': 'x'.repeat(900) }]);
  reader.close();
});

test('a block that is not compressed like this is refused', async () => {
  const reader = new HeaderReader();
  await expect(reader.read(Buffer.from('nonsense'))).rejects.toMatchObject({ code: 'InvalidArgument' });
  reader.close();
});

test('any bytes are headers or refused', () => {
  const verify = (data: Uint8Array): void => {
    try {
      expect(parseHeaders(Buffer.from(data))).toBeInstanceOf(Map);
    } catch (error) {
      expect(error).toMatchObject({ code: 'InvalidArgument' });
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), verify));
  const bomb = Buffer.alloc(4, 0xff);
  expect(() => parseHeaders(bomb)).toThrow(/4294967295 headers/);
});

test('the blocks we send are one compressed stream of counts of no headers', async () => {
  const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH });
  for (const first of [true, false, false]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    inflate.write(emptyHeaderBlock(first), () => resolve());
    await promise;
    expect(inflate.read()).toEqual(Buffer.alloc(4));
  }
  inflate.close();
});

test('the dictionary is the one of the protocol', () => {
  expect(spdyDictionary).toHaveLength(1423);
});
