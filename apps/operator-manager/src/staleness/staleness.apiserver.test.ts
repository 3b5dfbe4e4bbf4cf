import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CxiDeviceStatus, cxiDevices } from '@rackwright/api';
import { Lifetime, ManualClock, silentLogger } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { OperatorEnvironment } from '../testing/operator-environment.ts';
import { DeviceSweep } from './device-sweep.ts';
import { DriverHeartbeat } from './driver-heartbeat.ts';

/** What the driver agents of the two nodes say, until one of them is killed. */
const fieldManager = cxi.fieldManager.driverAgent;
const clock = new ManualClock();
const lifetime = new Lifetime();
let testEnv: OperatorEnvironment;
/** How often the sweep has read all CXIDevices. */
let looks = 0;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  for (const node of ['n1', 'n2']) await publish(node);
  const { client } = testEnv;
  const list: typeof client.list = async (...args) => {
    const answer = await client.list(...args);
    looks += 1;
    return answer;
  };
  const apply = client.apply.bind(client);
  const options = { client, clock, logger: silentLogger };
  const drivers = { list: () => [{ metadata: { name: 'cxi' } }] };
  lifetime.spawn('sweep', (signal) => new DeviceSweep({ ...options, client: { list, apply } }).start(signal));
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  lifetime.spawn('heartbeat', (signal) => new DriverHeartbeat({ ...options, drivers }).start(signal));
}, 120_000);

afterAll(async () => {
  await lifetime[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

/** The agent of a node looks at its NIC and says so. */
async function publish(node: string): Promise<void> {
  const at = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const status: CxiDeviceStatus = {
    ...{ node, device: 'cxi0', type: 'pf', linkState: 'up' },
    health: { status: 'Healthy', reason: 'Ready', message: 'fine', lastCheck: at },
    conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: at }],
  };
  const metadata = { name: `${node}-cxi0` };
  await testEnv.admin.apply(cxiDevices, { metadata }, { fieldManager });
  await testEnv.admin.apply(cxiDevices, { metadata, status }, { fieldManager, subresource: 'status' });
}

async function seen(node: string): Promise<string> {
  const { status } = await testEnv.admin.get(cxiDevices, { name: `${node}-cxi0` });
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return [status?.health?.status, status?.health?.reason, status?.linkState, ready?.status].join(' ');
}

/** Time goes by until the sweep has looked once more. */
async function nextLook(): Promise<void> {
  const before = looks;
  await testEnv.until('the sweep to look', async () => {
    await clock.advance(60_000);
    return looks > before;
  });
}

test('a NIC whose agent is silent becomes Unknown, the others stay Healthy', async () => {
  await testEnv.until('the NIC of the silent agent to be Unknown', async () => {
    await clock.advance(60_000);
    await publish('n1');
    return (await seen('n2')) === 'Unknown AgentSilent unknown Unknown';
  });
  expect(await seen('n1')).toBe('Healthy Ready up True');
  const silent = await testEnv.admin.get(cxiDevices, { name: 'n2-cxi0' });
  expect(silent.status).toMatchObject({ node: 'n2', device: 'cxi0' });
  expect(clock.now() - Date.parse(silent.status?.health?.lastCheck ?? '')).toBeGreaterThan(15 * 60_000);
});

test('an agent that comes back takes it all back with its next write', async () => {
  await publish('n2');
  expect(await seen('n2')).toBe('Healthy Ready up True');
  const { status } = await testEnv.admin.get(cxiDevices, { name: 'n2-cxi0' });
  expect(status?.health?.message).toBe('fine');
});

test('after an outage that silenced all, agents that come back within a minute are not called silent', async () => {
  const before = looks;
  await clock.advance(3_600_000);
  await testEnv.until('the sweep to find both silent', async () => looks > before);
  const versions = await Promise.all(
    ['n1', 'n2'].map(async (node) => {
      await publish(node);
      return (await testEnv.admin.get(cxiDevices, { name: `${node}-cxi0` })).metadata?.resourceVersion;
    }),
  );
  await clock.advance(60_000);
  await nextLook();
  const { items } = await testEnv.admin.list(cxiDevices);
  expect(items.map(({ metadata }) => metadata?.resourceVersion)).toEqual(versions);
});

test('kubectl get shows how old both are', async () => {
  const { stdout: devices } = await testEnv.plane.kubectl('get', 'cxidevices');
  expect(devices).toMatch(/^NAME +NODE +DEVICE +NUMA +SWITCH +LINK +HEALTH +AGE +CHECKED +UNSCHEDULABLE$/m);
  await testEnv.until('a heartbeat', async () => (await testEnv.driver('cxi')).status?.lastHeartbeatTime);
  const { stdout: drivers } = await testEnv.plane.kubectl('get', 'cxidrivers');
  expect(drivers).toMatch(/^NAME +VERSION +READY +UPDATING +FAILED +AGE +CHECKED$/m);
  expect(drivers).toMatch(/^cxi .* \d+[smhd]\S*$/m);
});
