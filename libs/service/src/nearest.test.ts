import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nearest } from './nearest.ts';

const flags = ['health-port', 'host-root', 'poll-interval', 'log-level', 'conf'];

test.each([
  ['helth-port', 'health-port'],
  ['health_port', 'health-port'],
  ['loglevel', 'log-level'],
  ['pol-intreval', 'poll-interval'],
  ['cnof', 'conf'],
])('a slip in %s is understood as %s', (wrong, right) => {
  expect(nearest(wrong, flags)).toBe(right);
});

test.each(['', 'x', 'device', 'zzzzzzzzzzz'])('nothing is suggested for %p, which is like none', (wrong) => {
  expect(nearest(wrong, flags)).toBeUndefined();
});

test('a name with one letter left out, added or swapped is found again among itself', () => {
  const name = fc.stringMatching(/^[a-z]{4,12}$/);
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom('drop', 'add', 'swap'), (right, seed, slip) => {
      const i = seed % (right.length - 1);
      const wrong = {
        drop: right.slice(0, i) + right.slice(i + 1),
        add: `${right.slice(0, i)}-${right.slice(i)}`,
        swap: right.slice(0, i) + right[i + 1] + right[i] + right.slice(i + 2),
      }[slip];
      expect(nearest(wrong, [right])).toBe(right);
    }),
  );
});
