import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { highestVersion } from './csi-plugin-handler.ts';

test.each([
  [['1.0.0'], [1, 0]],
  [
    ['1.0.0', '1.12.0', '1.3.0'],
    [1, 12],
  ],
  [
    ['2.0.0', '1.1'],
    [1, 1],
  ],
  [['v1.2.3'], [1, 2]],
] as const)('of the versions %j the highest of CSI 1 counts', (versions, highest) => {
  expect(highestVersion(versions)).toEqual(highest);
});

test('versions that are none count for nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.string().filter((text) => !/^v?1\.\d/.test(text))), (versions) => {
      expect(highestVersion(versions)).toBeUndefined();
    }),
  );
});
