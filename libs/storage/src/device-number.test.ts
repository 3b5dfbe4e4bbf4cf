import { expect, test } from '@jest/globals';
import { deviceNumber } from './device-number.ts';

test.each([
  [0xfd00n, '253:0'],
  [0x10302n, '259:2'],
  [0x10000834n, '8:65588'],
])('%i is a device number', (dev, expected) => {
  expect(deviceNumber(dev)).toBe(expected);
});
