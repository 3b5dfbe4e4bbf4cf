import { cxiDevices } from '@rackwright/api';
import { isNotFound } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { devicesOf, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { untilDriverReady } from './driver.ts';

const metadata = { name: 'node-gone-cxi0' };
const lastCheck = '2026-01-01T00:00:00Z';

async function kubectl(testEnv: TestEnvironment, ...words: string[]): Promise<void> {
  const outcome = await testEnv.kubectl(...words, '--namespace', testEnv.namespace);
  expectEqual(`kubectl ${words.join(' ')}: ${outcome.stderr}`, outcome.code, 0);
}

/** Leaves the CXIDevice of a node that is gone, and lets an operator start: one that runs may look five minutes later. */
async function leaveDevice(testEnv: TestEnvironment): Promise<void> {
  const health = { status: 'Healthy' as const, lastCheck };
  const status = { node: 'node-gone', device: 'cxi0', type: 'pf' as const, health };
  const fieldManager = 'e2e';
  await testEnv.kube.apply(cxiDevices, { metadata }, { fieldManager });
  await testEnv.kube.apply(cxiDevices, { metadata, status }, { fieldManager, subresource: 'status' });
  const deployment = 'deployment/rackwright-operator-manager';
  await kubectl(testEnv, 'rollout', 'restart', deployment);
  await kubectl(testEnv, 'rollout', 'status', deployment, '--timeout=120s');
  await untilDriverReady(testEnv);
}

async function isLeft(testEnv: TestEnvironment): Promise<boolean> {
  try {
    await testEnv.kube.get(cxiDevices, metadata);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Comes well before the other one: agents get a minute to come back, in which other cases run. */
export const silentDeviceLeft: Case = {
  name: 'an operator that starts finds the CXIDriver Ready, beside a CXIDevice nobody looks at any more',
  deadlineMs: 240_000,
  only: 'simulated',
  run: leaveDevice,
};

export const silentDeviceUnknown: Case = {
  name: 'a CXIDevice nobody looks at any more becomes Unknown',
  deadlineMs: 240_000,
  only: 'simulated',
  async run(testEnv) {
    // Who asks for this case alone waits the whole minute.
    if (!(await isLeft(testEnv))) await leaveDevice(testEnv);
    const isUnknown = async () => {
      const device = await testEnv.kube.get(cxiDevices, metadata);
      return device.status?.health?.reason === 'AgentSilent' ? device.status.health : undefined;
    };
    const seen = await eventually(testEnv, 'it to be Unknown', isUnknown, { deadlineMs: 180_000 });
    expectEqual('its status, and its last look', [seen.status, seen.lastCheck], ['Unknown', lastCheck]);
    const others = (await devicesOf(testEnv)).filter((device) => device.metadata?.name !== metadata.name);
    const silent = others.filter((device) => device.status?.health?.reason === 'AgentSilent');
    expectEqual('NICs that are looked at', silent, []);
    await testEnv.kube.delete(cxiDevices, metadata);
  },
};
