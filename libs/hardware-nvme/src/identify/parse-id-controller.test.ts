import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseIdController } from './parse-id-controller.ts';

const recorded = readFileSync(new URL('../testdata/id-ctrl-2.3.json', import.meta.url), 'utf8');

test('what nvme-cli 2.3 printed of a drive is read, its temperatures in degrees Celsius', () => {
  expect(parseIdController(recorded)).toEqual({
    model: 'PHISON AI100E 1TB',
    serial: 'PHAI100E0001',
    firmware: 'EQFM01.1',
    thresholds: { warningCelsius: 70, criticalCelsius: 100 },
  });
});

test('a drive that names no temperatures has none', () => {
  const text = JSON.stringify({ mn: 'x', sn: 'y', fr: 'z', wctemp: 0, cctemp: 0 });
  expect(parseIdController(text).thresholds).toEqual({});
});

test.each([
  [
    '{"error":"/dev/nvme9: No such file or directory"}',
    'nvme id-ctrl: /dev/nvme9: No such file or directory',
  ],
  ['NVMe status: 0x2', 'printed no JSON'],
  ['[]', 'describes no controller'],
  ['{"mn":1}', 'without a model'],
])('%s is an error that says so', (text, message) => {
  expect(() => parseIdController(text)).toThrow(message);
});

test('whatever is printed, it is read or refused by an error of ours', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.json(),
    fc.nat({ max: recorded.length }).map((end) => recorded.slice(0, end)),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        const { thresholds } = parseIdController(text);
        for (const value of Object.values(thresholds)) expect(value).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toMatchObject({ name: 'HwError', code: 'Internal' });
      }
    }),
  );
});
