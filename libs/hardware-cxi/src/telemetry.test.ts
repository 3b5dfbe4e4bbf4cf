import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { telemetryDigits, usefulTelemetry } from './telemetry.ts';

function count(text: string): string {
  const content = Buffer.from(text);
  return text.slice(0, telemetryDigits(Buffer.concat([content, Buffer.from('999')]), content.length));
}

test('a counter is told without its time, to the last of its 64 bits', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.nat(2 ** 31),
      fc.nat(999_999_999),
      (value, seconds, nanos) => {
        const text = `${value}@${seconds}.${String(nanos).padStart(9, '0')}\n`;
        expect(count(text)).toBe(String(value));
      },
    ),
  );
  expect([count('7\n'), count('7')]).toEqual(['7', '7']);
});

test.each(['', '\n', '@1.0', '-5@1.0', '1.5@1.0', '12a@1.0', '1e3', '0x10@1.0', '123456789012345678901@1.0'])(
  '%j is no counter',
  (text) => expect(count(text)).toBe(''),
);

test('no useful counter is named twice', () => {
  expect(new Set(usefulTelemetry).size).toBe(usefulTelemetry.length);
  expect(usefulTelemetry).toContain('hni_discard_cntr_7');
});
