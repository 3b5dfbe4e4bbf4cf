import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  bar0OfResource,
  isPciAddress,
  nidOfMac,
  parseMac,
  parseNid,
  parsePciId,
  parseSpeed,
  parseWhole,
  splitDeviceNumber,
} from './parse.ts';

test.each([
  ['200000', 200_000],
  ['BS_200G', 200_000],
  ['ck400G', 400_000],
  ['bs200G', 200_000],
  ['bj100G', 100_000],
  ['cd50G', 50_000],
  ['0', undefined],
  ['-1', undefined],
  ['BS_0G', undefined],
  ['fast', undefined],
])('the speed %s is %s Mb/s', (text, mbps) => expect(parseSpeed(text)).toBe(mbps));

test('every NID of 20 bits is read in either base, and nothing else', () => {
  fc.assert(
    fc.property(fc.nat(0xfffff), (nid) => {
      expect([parseNid(`0x${nid.toString(16)}`), parseNid(String(nid))]).toEqual([nid, nid]);
    }),
  );
  expect(['0xffffffff', '4294967295', '0x100000', '-1', '', 'x'].map(parseNid)).toEqual([
    'unset',
    'unset',
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('an algorithmic MAC address carries its NID in the low 20 bits', () => {
  fc.assert(
    fc.property(fc.nat(0xfffff), (nid) => {
      const hex = nid.toString(16).padStart(6, '0');
      expect(nidOfMac(`02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`)).toBe(nid);
    }),
  );
  expect(nidOfMac('ec:0d:9a:00:00:12')).toBeUndefined();
});

test('MAC addresses are told in lower case, the zero one is none', () => {
  expect(['02:00:00:00:0A:12', '00:00:00:00:00:00', '02:00:00:00:12', 'x'].map(parseMac)).toEqual([
    '02:00:00:00:0a:12',
    undefined,
    undefined,
    undefined,
  ]);
});

test('BAR 0 is as long as its line in `resource` says', () => {
  const line = (first: bigint, last: bigint): string =>
    `0x${first.toString(16).padStart(16, '0')} 0x${last.toString(16).padStart(16, '0')} 0x000000000014220c\n`;
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 60n), fc.integer({ min: 2, max: 2 ** 40 }), (first, size) => {
      expect(bar0OfResource(line(first, first + BigInt(size) - 1n))).toBe(size);
    }),
  );
  expect([bar0OfResource(line(0n, 0n)), bar0OfResource(line(5n, 1n)), bar0OfResource('')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test('device numbers split as the kernel joins them', () => {
  fc.assert(
    fc.property(fc.nat(0xfff), fc.nat(0xfffff), (major, minor) => {
      const rdev = (minor & 0xff) + major * 256 + (minor >>> 8) * 2 ** 20;
      expect(splitDeviceNumber(rdev)).toEqual({ major, minor });
    }),
  );
});

test('PCI ids and addresses are told from other text', () => {
  expect([parsePciId('0x17DB'), parsePciId('17db'), parsePciId('0x17db0')]).toEqual([
    '17db',
    undefined,
    undefined,
  ]);
  expect(
    ['0000:21:00.0', '10000:e1:1f.7', '21:00.0', '0000:21:20.0', '../21:00.0'].map(isPciAddress),
  ).toEqual([true, true, false, false, false]);
});

test('no text is read as a number it is not', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789abcdefx-+. e') })),
      (text) => {
        const value = parseWhole(text);
        if (value !== undefined) expect(Number.isSafeInteger(value) && Number(text) === value).toBe(true);
      },
    ),
  );
});
