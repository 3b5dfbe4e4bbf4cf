import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { type KubeClient, KubeError, type Lease } from '@rackwright/kube';
import { OperatorPresence } from './operator-presence.ts';

const { signal } = new AbortController();

/** The presence of an operator as `lease` tells it. */
function presence(clock: ManualClock, lease: () => Lease['spec'] | undefined) {
  const get = async () => {
    const spec = lease();
    if (spec === undefined) throw new KubeError('NotFound', 'no lease', { status: 404, reason: 'NotFound' });
    return { spec };
  };
  const client = { get } as unknown as Pick<KubeClient, 'get'>;
  return new OperatorPresence(client, 'ns', clock);
}

const held = (clock: ManualClock, agoMs: number): Lease['spec'] => ({
  holderIdentity: 'operator-0_5d0c',
  leaseDurationSeconds: 15,
  renewTime: new Date(clock.now() - agoMs).toISOString(),
});

test('no lease, as without its namespace, and a lease that was given back mean that no operator works', async () => {
  const clock = new ManualClock();
  expect(await presence(clock, () => undefined).leader(signal)).toBeUndefined();
  const givenBack = { ...held(clock, 0), holderIdentity: '' };
  expect(await presence(clock, () => givenBack).leader(signal)).toBeUndefined();
});

test('an operator works while it renews its lease, and is gone once the lease has run out', async () => {
  const clock = new ManualClock();
  let lease = held(clock, 0);
  const operator = presence(clock, () => lease);
  for (let i = 0; i < 20; i++) {
    expect(await operator.leader(signal)).toBe('operator-0');
    await clock.advance(2000);
    lease = held(clock, 0);
  }
  expect(await operator.leader(signal)).toBe('operator-0');
  await clock.advance(14_000);
  expect(await operator.leader(signal)).toBe('operator-0');
  await clock.advance(1000);
  expect(await operator.leader(signal)).toBeUndefined();
});

test('a lease that is minutes old is not waited for', async () => {
  const clock = new ManualClock();
  expect(await presence(clock, () => held(clock, 300_000)).leader(signal)).toBeUndefined();
});
