import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { switchId } from './switch-id.ts';

test('NICs on one switch share its id, and the id counts switches without gaps', () => {
  expect([switchId(0), switchId(0x3f), switchId(0x40), switchId(0x12345), switchId(0xfffff)]).toEqual([
    0, 0, 1, 0x48d, 0x3fff,
  ]);
});

test('another mask moves by its own trailing zeros', () => {
  expect([switchId(0x12345, 0xfffff), switchId(0x12345, 0x80000)]).toEqual([0x12345, 0]);
  fc.assert(
    fc.property(fc.nat(0xfffff), fc.integer({ min: 0, max: 19 }), (nid, zeros) => {
      expect(switchId(nid, (0xfffff >>> zeros) << zeros)).toBe(nid >>> zeros);
    }),
  );
});

test.each([0, -1, 0x100000, 1.5])('the mask %s is refused', (mask) => {
  expect(() => switchId(1, mask)).toThrow('not within 1 and 0xfffff');
});
