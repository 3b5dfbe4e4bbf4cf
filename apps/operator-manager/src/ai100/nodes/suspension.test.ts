import { expect, test } from '@jest/globals';
import type { Node } from '@rackwright/kube';
import fc from 'fast-check';
import { judgeSuspension } from './suspension.ts';

const now = Date.UTC(2026, 0, 1);
const minute = 60_000;

/** A node that failed so long ago; undefined for one that is well. */
function node(agoMs: number | undefined, type = 'AI100DeviceProblem'): Pick<Node, 'status'> {
  const lastTransitionTime = new Date(now - (agoMs ?? 0)).toISOString();
  const status = agoMs === undefined ? 'False' : 'True';
  return { status: { conditions: [{ type, status, reason: '', message: '', lastTransitionTime }] } };
}

const nodes = (...failedMinutesAgo: (number | undefined)[]) =>
  failedMinutesAgo.map((ago) => node(ago === undefined ? undefined : ago * minute));

test.each<[string, readonly Pick<Node, 'status'>[], boolean]>([
  ['no node', [], false],
  ['one node that is alone and failed', nodes(0), false],
  ['half of the nodes', nodes(1, 1, undefined, undefined), false],
  ['more than half of them', nodes(1, 1, undefined), true],
  ['more than half, one of them ten minutes ago', nodes(10, 1, undefined), false],
  ['more than half, one of them just under ten minutes ago', nodes(9.99, 1, undefined), true],
  ['two of two', nodes(1, 2), true],
  ['caches of more than half', [node(0, 'AI100CacheUnavailable'), node(0), node(undefined)], true],
  ['conditions of others', [node(0, 'DiskPressure'), node(0, 'DiskPressure'), node(undefined)], false],
  ['nodes without conditions', [{}, { status: {} }, node(0)], false],
])('%s', (_name, all, suspended) => {
  expect(judgeSuspension(all, now).suspended).toBe(suspended);
});

test('people read how many nodes failed, and it is judged again when the first of them no longer counts', () => {
  const { message, againAfterMs } = judgeSuspension(nodes(7, 2, undefined), now);
  expect(message).toContain('2 of 3 nodes failed within ten minutes');
  expect(againAfterMs).toBe(3 * minute);
});

test('it rests for as long as it must: at the time that is told one node less counts', () => {
  const ages = fc.array(fc.option(fc.integer({ min: 0, max: 599_999 }), { nil: undefined }), {
    maxLength: 12,
  });
  fc.assert(
    fc.property(ages, (agoMs) => {
      const all = agoMs.map((ago) => node(ago));
      const { suspended, againAfterMs } = judgeSuspension(all, now);
      const failed = agoMs.filter((ago) => ago !== undefined).length;
      expect(suspended).toBe(failed > 1 && failed * 2 > agoMs.length);
      if (againAfterMs === undefined) return;
      const count = (at: number): number => Number(/^\d+/.exec(judgeSuspension(all, at).message)?.[0] ?? 0);
      expect(count(now + againAfterMs - 1)).toBe(failed);
      expect(count(now + againAfterMs)).toBeLessThan(failed);
    }),
  );
});
