import { expect, test } from '@jest/globals';
import { cxiDrivers } from '@rackwright/api';
import { Latest, ManualClock } from '@rackwright/core';
import { KubeError, type ResourceType } from '@rackwright/kube';
import { Reconciler } from '@rackwright/manager';
import { createLogger } from '@rackwright/service';
import { testSettings } from '../testing/fixtures.ts';
import { World } from '../testing/world.ts';
import { DriverSteps } from './driver-steps.ts';
import type { Writer } from './steps.ts';

const unexpected = (): never => {
  throw new Error('no such request is expected');
};

/** Deletes a driver of which only the finalizer is left, with an API server that refuses to drop it. */
async function dropFinalizer(status: number): Promise<{ error: unknown; statuses: unknown[] }> {
  const world = new World();
  world.create('cxi', { version: '1' });
  world.reconcile('cxi');
  world.daemonSets.clear();
  const { drivers } = world;
  const object = drivers.get('cxi');
  const metadata = { ...object?.metadata, deletionTimestamp: '2026-01-01T01:00:00Z' };
  drivers.set('cxi', { ...object, metadata });
  const statuses: unknown[] = [];
  const patch = (
    type: ResourceType,
    _: unknown,
    body: unknown,
    { subresource }: { subresource?: string },
  ) => {
    if (type !== cxiDrivers) return {};
    if (subresource === 'status') return void statuses.push(body);
    throw new KubeError('Conflict', 'refused', { status, reason: 'Any' });
  };
  const client = {
    ...{ apply: unexpected, delete: unexpected, create: async () => ({}), update: unexpected },
    ...{
      list: async () => ({ items: [] }),
      patch: async (...given: Parameters<typeof patch>) => patch(...given),
    },
  } as unknown as Writer;
  const clock = new ManualClock();
  const logger = createLogger({ app: 'test', level: 'error', clock, write: () => undefined });
  const steps = new DriverSteps({
    ...{ caches: world.caches(), client, settings: testSettings, clock, logger },
    crdShortfall: new Latest<string | undefined>(undefined),
    claims: { admit: async () => true },
  });
  const reconciler = new Reconciler(steps, { client, clock, logger, events: { emit: () => undefined } });
  const error = await reconciler
    .reconcile('cxi', new AbortController().signal)
    .catch((reason: unknown) => reason);
  return { error, statuses };
}

test('somebody who wrote to a CXIDriver first is no failure of it: it is tried again, and its status says nothing', async () => {
  expect(await dropFinalizer(409)).toEqual({ error: expect.objectContaining({ status: 409 }), statuses: [] });
});

test('any other refusal is in the status of the CXIDriver, and it is tried again', async () => {
  const { error, statuses } = await dropFinalizer(403);
  expect(error).toMatchObject({ status: 403 });
  expect(JSON.stringify(statuses)).toContain('"message":"refused"');
});
