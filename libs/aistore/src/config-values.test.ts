import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isSameText, isZeroText, normalDuration, normalSize } from './config-values.ts';
import { durationNanos, formatDurationNanos } from './go-duration.ts';
import { formatSize, sizeBytes } from './iec-size.ts';

const int64 = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });

test.each([
  ['1m0s', '1m'],
  ['60s', '1m'],
  ['2h0m0s', '2h0m'],
  ['2h', '2h0m'],
  ['90m', '1h30m'],
  ['1h0m30s', '1h0m30s'],
  ['1500ms', '1.5s'],
  ['0.5ms', '500µs'],
  ['0', '0s'],
  ['1us', '1µs'],
  ['-90s', '-1m30s'],
  ['10ns', '10ns'],
  ['ten minutes', 'ten minutes'],
  ['', ''],
  ['5', '5'],
  ['1m-3s', '1m-3s'],
  ['.s', '.s'],
  ['+', '+'],
  ['9999999999h', '9999999999h'],
])('the duration %p is written %p', (text, written) => expect(normalDuration(text)).toBe(written));

test('every duration is read back as it was written, to the nanosecond', () => {
  fc.assert(fc.property(int64, (nanos) => expect(durationNanos(formatDurationNanos(nanos))).toBe(nanos)));
});

test.each([
  ['2048M', '2GiB'],
  ['1kb', '1KiB'],
  ['1ki', '1KiB'],
  ['4 MiB', '4MiB'],
  ['1.5GiB', '1.5GiB'],
  ['1536KiB', '1536KiB'],
  ['1024TiB', '1024TiB'],
  ['0', '0B'],
  ['17', '17B'],
  ['', ''],
  ['1PiB', '1PiB'],
  ['much', 'much'],
  ['9000000T', '9000000T'],
])('the size %p is written %p', (text, written) => expect(normalSize(text)).toBe(written));

// Go rounds halves to the even neighbour.
test.each([
  [1536n, '2KiB'],
  [2560n, '2KiB'],
  [1_048_575n, '1024KiB'],
  [1023n, '1023B'],
  [-5n, '-5B'],
])('a cluster tells %p bytes as %p', (bytes, told) => expect(formatSize(bytes)).toBe(told));

test('normal forms stay what they are, and mean what was written', () => {
  const texts = fc.oneof(
    int64.map(formatDurationNanos),
    fc
      .tuple(fc.nat(5_000_000), fc.constantFrom('', 'B', 'K', 'kb', 'KiB', 'mi', 'G', 'TIB'))
      .map(([n, u]) => `${n}${u}`),
    fc.stringMatching(/^[+-]?[0-9]{0,3}\.?[0-9]{0,4}[a-zA-Zµ]{0,3}$/),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      for (const normal of [normalDuration, normalSize]) {
        const written = normal(text);
        expect(normal(written)).toBe(written);
        expect(isSameText(text, written)).toBe(true);
      }
      expect(sizeBytes(normalSize(text))).toBe(sizeBytes(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a size that was asked for is the one that the cluster tells, though it rounds', () => {
  const sizes = fc.bigInt({ min: 0n, max: 2n ** 62n });
  fc.assert(
    fc.property(sizes, (bytes) =>
      expect(isSameText(`${bytes}`, formatSize(BigInt(Number(bytes))))).toBe(true),
    ),
  );
});

test.each([
  ['10s', '11s'],
  ['1GiB', '2GiB'],
  ['', '1s'],
  ['', '0x'],
  ['md5', 'xxhash2'],
  ['1m', '1MiB'],
])('%p and %p differ', (desired, actual) => expect(isSameText(desired, actual)).toBe(desired === '1m'));

test.each(['', '0', '0s', '0B', '0.0ms', '0TiB'])('%p stands for nothing', (text) =>
  expect(isZeroText(text)).toBe(true),
);
