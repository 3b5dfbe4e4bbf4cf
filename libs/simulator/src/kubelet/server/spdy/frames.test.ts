import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  dataFrame,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  replyFrame,
  resetFrame,
} from './frames.ts';

const id = fc.integer({ min: 1, max: 0x7f_ff_ff_ff });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

/** What is written, beside what is to be read. */
const written = fc.oneof(
  fc.record({ stream: id, data: bytes, fin: fc.boolean() }).map(({ stream, data, fin }) => ({
    ...{ bytes: dataFrame(stream, data, fin), frame: { type: 'data', stream, data, fin } },
  })),
  id.map((stream) => ({ bytes: resetFrame(stream), frame: { type: 'reset', stream } })),
  id.map((number) => ({ bytes: pingFrame(number), frame: { type: 'ping', id: number } })),
  id.map((stream) => ({ bytes: goAwayFrame(stream), frame: { type: 'goAway' } })),
  fc
    .tuple(id, bytes)
    .map(([stream, block]) => ({ bytes: replyFrame(stream, block), frame: { type: 'other' } })),
);

test('frames come out as they were written, however the bytes arrive', () => {
  const verify = (list: readonly { bytes: Buffer; frame: object }[], size: number): void => {
    const reader = new FrameReader();
    const all = Buffer.concat(list.map((one) => one.bytes));
    const frames: Frame[] = [];
    for (let at = 0; at < all.length; at += size) frames.push(...reader.push(all.subarray(at, at + size)));
    expect(frames).toEqual(list.map(({ frame }) => frame));
  };
  fc.assert(fc.property(fc.array(written, { maxLength: 20 }), fc.integer({ min: 1, max: 100 }), verify));
});

test('a new stream has its number and its headers', () => {
  const body = Buffer.from([0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 1, 2]);
  const frame = Buffer.concat([Buffer.from([0x80, 3, 0, 1, 1, 0, 0, body.length]), body]);
  expect(new FrameReader().push(frame)).toEqual([
    ...[{ type: 'open', stream: 5, fin: true, block: Buffer.from([1, 2]) }],
  ]);
});

test.each([
  ['of another version', [0x80, 2, 0, 1, 0, 0, 0, 0]],
  ['that is too long', [0x80, 3, 0, 1, 0, 1, 0, 1]],
  ['that is too short', [0x80, 3, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1]],
])('a control frame %s is refused', (_, list) => {
  expect(() => new FrameReader().push(Buffer.from(list))).toThrow(
    expect.objectContaining({ code: 'InvalidArgument' }),
  );
});

test('any bytes are read or refused', () => {
  const verify = (data: Buffer): void => {
    try {
      new FrameReader().push(data);
    } catch (error) {
      expect(error).toMatchObject({ code: 'InvalidArgument' });
    }
  };
  const start = fc.constantFrom([], [0x80, 3, 0, 1], [0x80, 3, 0, 3], [0x80, 3, 0, 6]);
  fc.assert(fc.property(start, bytes, (head, rest) => verify(Buffer.concat([Buffer.from(head), rest]))));
});
