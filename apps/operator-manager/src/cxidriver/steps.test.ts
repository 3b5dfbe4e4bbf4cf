import { expect, test } from '@jest/globals';
import { cxi } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import type { Plan } from './plan.ts';
import { carryOut, type Writer } from './steps.ts';

const driver: KubeObject = { metadata: { name: 'cxi', uid: 'u' } };
const plan: Plan = {
  ...{ stage: 'active', reason: '', message: '', orphan: [], remove: [], actions: [], wanted: [] },
  addFinalizer: true,
  record: { metadata: { name: 'record' } },
};

/** An API server with a policy that may take the finalizer away; what else is written to it. */
function server(finalizers: readonly string[]) {
  const written: unknown[] = [];
  const apply = async () => ({ metadata: { ...driver.metadata, finalizers } });
  const create = async (_: unknown, object: unknown) => void written.push(object);
  return { client: { apply, create } as unknown as Writer, written };
}

test('nothing is rolled out for a CXIDriver whose finalizer a policy takes away', async () => {
  const { client, written } = server(['theirs']);
  await expect(carryOut(client, driver, plan, new AbortController().signal)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: 'the finalizer cxi.hpe.com/finalizer of CXIDriver cxi does not last',
    remedy: expect.stringContaining('exempt CXIDrivers'),
  });
  expect(written).toEqual([]);
});

test('with its finalizer, and those of others, it goes on', async () => {
  const { client, written } = server(['theirs', cxi.finalizer]);
  await carryOut(client, driver, plan, new AbortController().signal);
  expect(written).toEqual([plan.record]);
});
