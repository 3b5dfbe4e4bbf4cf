import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { cxiDevices } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { namespace, OperatorEnvironment } from '../testing/operator-environment.ts';

const node = 'node-a';
let testEnv: OperatorEnvironment;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start();
}, 120_000);
afterAll(() => testEnv?.[Symbol.asyncDispose]());

/** A CXIDriver that runs, with what a driver agent leaves of one NIC. */
beforeEach(async () => {
  await testEnv.applyCrds();
  // The API server takes a moment to serve what it calls established.
  await testEnv.until('the driver', async () => {
    await attempt(createDriver());
    return testEnv.driver('cxi');
  });
  await testEnv.until('four DaemonSets', async () => (await testEnv.daemonSets()).length === 4);
  await attempt(testEnv.admin.create(resources.nodes, { metadata: { name: node } }));
  const labels = { 'slingshot.hpe.com/cxi-present': 'true', 'slingshot.hpe.com/device-count': '1' };
  const fieldManager = cxi.fieldManager.driverAgent;
  await testEnv.admin.apply(resources.nodes, { metadata: { name: node, labels } }, { fieldManager });
  await testEnv.until('the NIC', () =>
    testEnv.admin.apply(cxiDevices, { metadata: { name: `${node}-cxi0` } }, { fieldManager }),
  );
});

afterEach(async () => {
  expect((await testEnv.admin.get(resources.nodes, { name: node })).metadata?.labels ?? {}).toEqual({});
  expect(await testEnv.daemonSets()).toEqual([]);
});

async function kubectl(...args: string[]): Promise<void> {
  expect(await testEnv.plane.kubectl(...args)).toMatchObject({ code: 0 });
}

function createDriver(): Promise<void> {
  return testEnv.createDriver('cxi', { version: '13.0.0' });
}

async function attempt(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}

async function endAllPods(): Promise<void> {
  for (const name of ['retry-handler', 'device-plugin', 'driver-agent', 'metrics-exporter']) {
    await testEnv.endPods(`cxi-${name}`);
  }
}

test('a CXIDriver can be deleted after the CRD of CXIDevices is gone: node labels go, and it goes', async () => {
  await kubectl('delete', 'crd', 'cxidevices.cxi.hpe.com', '--timeout=60s');
  await kubectl('delete', 'cxidriver', 'cxi', '--wait=false');
  await endAllPods();
  await testEnv.until('the driver to be gone', async () => (await testEnv.driverNames()).length === 0);
});

test('both CRDs can be deleted at once: agents and node labels go, and the CRDs go', async () => {
  const deleting = testEnv.plane.kubectl(
    ...['delete', 'crd', 'cxidevices.cxi.hpe.com', 'cxidrivers.cxi.hpe.com', '--timeout=60s'],
  );
  await endAllPods();
  expect(await deleting).toMatchObject({ code: 0 });
  await testEnv.until('an empty record', async () => {
    const key = { namespace, name: cxi.singletonConfigMap };
    return (await testEnv.admin.get(resources.configMaps, key)).data?.[cxi.singletonKey] === undefined;
  });
});

test('with the CRDs back the operator works again', async () => {
  await kubectl('delete', 'cxidriver', 'cxi', '--wait=false');
  await endAllPods();
  await testEnv.until('the driver to be gone', async () => (await testEnv.driverNames()).length === 0);
  expect(testEnv.informers.every(({ served }) => served.value)).toBe(true);
});
