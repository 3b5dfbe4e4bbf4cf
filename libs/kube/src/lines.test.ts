import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KubeError } from './error.ts';
import { LineSplitter } from './lines.ts';

/** Cuts `bytes` at the given places. */
function pieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

test('lines come out whole however the stream is cut, characters of several bytes included', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat()), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const splitter = new LineSplitter(1 << 20);
      const got = pieces(bytes, cuts).flatMap((piece) => splitter.push(piece));
      // Lone surrogates become U+FFFD on their way through UTF-8.
      expect(got).toEqual(lines.filter((text) => text !== '').map((text) => Buffer.from(text).toString()));
    }),
  );
});

test('what follows the last newline is kept back', () => {
  const splitter = new LineSplitter(100);
  expect(splitter.push(Buffer.from('a\n{"cut'))).toEqual(['a']);
  expect(splitter.push(Buffer.from(' off"}\n'))).toEqual(['{"cut off"}']);
});

test('a line of exactly the limit passes, one byte more is refused even before its end arrives', () => {
  expect(new LineSplitter(4).push(Buffer.from('abcd\n'))).toEqual(['abcd']);
  const splitter = new LineSplitter(4);
  splitter.push(Buffer.from('abc'));
  expect(() => splitter.push(Buffer.from('de'))).toThrow(KubeError);
});
