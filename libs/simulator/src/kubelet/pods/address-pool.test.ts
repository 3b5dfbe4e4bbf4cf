import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressPool } from './address-pool.ts';

const range = { listens: '127.20.3.', shows: '10.244.7.' };

test('an address is shown with the same last number as it is listened on', () => {
  const pool = new AddressPool(range);
  expect(pool.nodeIp).toBe('127.20.3.1');
  expect(pool.shown(pool.nodeIp)).toBe('10.244.7.1');
  expect(pool.shown(pool.take('a'))).toBe('10.244.7.2');
  const same = new AddressPool({ listens: '127.20.3.' });
  expect(same.shown(same.take('a'))).toBe('127.20.3.2');
});

test('whatever pods come and go, each has one address that nobody else has, and never that of the node', () => {
  const moves = fc.array(fc.record({ pod: fc.nat({ max: 300 }), comes: fc.boolean() }), { maxLength: 600 });
  const verify = (list: readonly { pod: number; comes: boolean }[]): void => {
    const pool = new AddressPool(range);
    const held = new Map<string, string>();
    for (const { pod, comes } of list) {
      const uid = `u${pod}`;
      if (!comes) {
        pool.release(uid);
        held.delete(uid);
      } else if (held.size < 253 || held.has(uid)) {
        const address = pool.take(uid);
        expect(held.get(uid) ?? address).toBe(address);
        held.set(uid, address);
      } else expect(() => pool.take(uid)).toThrow(/no address left/);
      expect(new Set(held.values()).size).toBe(held.size);
    }
    for (const address of held.values())
      expect(address).toMatch(/^127\.20\.3\.([2-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])$/);
  };
  fc.assert(fc.property(moves, verify), { numRuns: 50 });
});
