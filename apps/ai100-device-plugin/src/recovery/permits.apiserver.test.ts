import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import { RecoveryPermits } from './permits.ts';

const namespace = 'default';
/** Of the nodes; the API server has its own. */
const clock = new ManualClock();
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({
    connection: plane.admin(),
    clock: systemClock,
    userAgent: 'ai100-device-plugin-test',
  });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

const permitsOf = (holder: string, count: number): RecoveryPermits =>
  new RecoveryPermits({ client, clock, logger: silentLogger, namespace, holder, count });

async function clear(): Promise<void> {
  const { items } = await client.list(resources.leases, { namespace });
  for (const { metadata } of items)
    await client.delete(resources.leases, { namespace, name: metadata?.name ?? '' });
}

test('of twenty nodes that ask at once three get a permit, and the next when one is given back', async () => {
  const nodes = Array.from({ length: 20 }, (_, number) => permitsOf(`n${number}`, 3));
  for (let round = 0; round < 5; round++) {
    const permits = (await Promise.all(nodes.map((node) => node.acquire()))).filter(
      (one) => one !== undefined,
    );
    expect(permits.length).toBeGreaterThan(0);
    expect(permits.length).toBeLessThanOrEqual(3);
    expect(new Set(permits.map(({ name }) => name)).size).toBe(permits.length);
    await Promise.all(permits.map((permit) => permit.release()));
  }
  const first = await nodes[0]?.acquire();
  expect(first?.name).toBe('ai100-recovery-0');
  const lease = await client.get(resources.leases, { namespace, name: 'ai100-recovery-0' });
  expect(lease.spec).toMatchObject({ holderIdentity: 'n0', leaseDurationSeconds: 600 });
  await clear();
}, 60_000);

test('what a node that died held is free for others after ten minutes, and for itself at once', async () => {
  const [dead, other] = [permitsOf('dead', 1), permitsOf('other', 1)];
  expect(await dead.acquire()).toBeDefined();
  expect(await other.acquire()).toBeUndefined();
  await clock.advance(599_000);
  expect(await other.acquire()).toBeUndefined();
  expect(await permitsOf('dead', 1).acquire()).toBeDefined();
  await clock.advance(599_000);
  expect(await other.acquire()).toBeUndefined();
  await clock.advance(600_000);
  expect(await other.acquire()).toBeDefined();
  await clear();
}, 60_000);
