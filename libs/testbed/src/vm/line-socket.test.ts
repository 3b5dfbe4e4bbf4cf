import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LineReader } from './line-socket.ts';

test('lines come whole, however they are cut on the way', () => {
  const text = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }).map((s) => JSON.stringify(s)));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 7 }), (lines, size) => {
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
      const reader = new LineReader();
      const seen: string[] = [];
      for (let at = 0; at < bytes.length; at += size)
        seen.push(...reader.push(bytes.subarray(at, at + size)));
      expect(seen).toEqual(lines);
    }),
  );
});
