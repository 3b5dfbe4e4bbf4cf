import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { NodeNetworks, nodePrefix } from './node-networks.ts';

test('every node has a range of its own that Endpoints objects may hold', () => {
  const all = Array.from({ length: 11 * 254 }, (_, index) => nodePrefix(index));
  expect(new Set(all).size).toBe(all.length);
  expect(all[0]).toBe('10.244.1.');
  for (const prefix of all)
    expect(prefix).toMatch(/^10\.2(4[4-9]|5[0-4])\.([1-9]|[1-9]\d|1\d\d|2[0-4]\d|25[0-4])\.$/);
});

test.each([-1, 11 * 254])('there is no node number %i', (index) => {
  expect(() => nodePrefix(index)).toThrow(expect.objectContaining({ code: 'ResourceExhausted' }));
});

test('an address leads to the loopback address behind it, and to no other', () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const verify = (nodes: number, node: number, pod: number): void => {
    const networks = new NodeNetworks();
    const prefixes = Array.from({ length: nodes }, () => networks.add());
    for (const [i, prefix] of prefixes.entries()) networks.connect(prefix, `127.30.${i}.`);
    const known = node < nodes;
    expect(networks.local(`${nodePrefix(node)}${pod}`)).toBe(known ? `127.30.${node}.${pod}` : undefined);
  };
  fc.assert(fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 60 }), octet, verify));
});

test('a node that has not started yet, other addresses and names lead nowhere, what pods listen on leads there', () => {
  const networks = new NodeNetworks();
  const prefix = networks.add();
  for (const address of [`${prefix}2`, '10.96.0.1', '127.0.0.1', `${prefix}x`, `${prefix}2.2`, 'web', '']) {
    expect(networks.local(address)).toBeUndefined();
  }
  networks.connect(prefix, '127.20.3.');
  expect(networks.local(`${prefix}2`)).toBe('127.20.3.2');
  expect([networks.local('127.20.3.2'), networks.local('127.20.4.2')]).toEqual(['127.20.3.2', undefined]);
  expect([networks.isNode(`${prefix}1`), networks.isNode(`${prefix}2`)]).toEqual([true, false]);
});
