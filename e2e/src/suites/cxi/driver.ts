import { type CxiDriver, cxiDrivers } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { expectEqual } from '../../expect.ts';
import { componentPods, driverCondition, eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';

/** Merges `spec` into that of the environment's CXIDriver, as kubectl patch would; null takes a field out. */
export function patchDriver(testEnv: TestEnvironment, spec: Record<string, unknown>): Promise<unknown> {
  return testEnv.kube.patch(cxiDrivers, { name: testEnv.driver }, { spec }, { strategy: 'merge' });
}

/** Waits until every component is rolled out. */
export async function untilDriverReady(testEnv: TestEnvironment, deadlineMs = 120_000): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const { metadata, status } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
    expectEqual('observed generation', status?.observedGeneration, metadata?.generation);
    const ready = await driverCondition(testEnv, 'Ready');
    expectEqual(`Ready (${ready?.reason}: ${ready?.message})`, ready?.status, 'True');
    return true;
  };
  await eventually(testEnv, 'the CXIDriver to be Ready', isReady, { deadlineMs });
}

/** Waits until the node offers `count` of the NIC resource. */
export async function untilOffered(testEnv: TestEnvironment, node: TestNode, count: number): Promise<void> {
  await eventually(testEnv, `${node.name} to offer ${count} ${cxi.resource.cxi}`, async () => {
    expectEqual('allocatable', (await resourceOf(testEnv, node.name, cxi.resource.cxi)).allocatable, count);
    return true;
  });
}

type DevicePlugin = CxiDriver['spec']['devicePlugin'];

/** Runs `use` while the device plugin has other settings, and takes them back afterwards. */
export async function withDevicePlugin(
  testEnv: TestEnvironment,
  settings: Partial<DevicePlugin>,
  use: () => Promise<void>,
): Promise<void> {
  const { spec } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
  const current = spec.devicePlugin as Readonly<Record<string, unknown>>;
  const before = Object.fromEntries(Object.keys(settings).map((key) => [key, current[key] ?? null]));
  await patchDriver(testEnv, { devicePlugin: settings });
  try {
    await untilDriverReady(testEnv);
    await use();
  } finally {
    await patchDriver(testEnv, { devicePlugin: before });
    await untilDriverReady(testEnv);
  }
}

/** Ids of the running containers of a component's pods, with the names of the pods. */
export async function containersOf(
  testEnv: TestEnvironment,
  component: string,
): Promise<ReadonlyMap<string, string>> {
  const pods = await componentPods(testEnv, component);
  return new Map(
    pods.map((pod) => [pod.metadata?.name ?? '', pod.status?.containerStatuses?.[0]?.containerID ?? '']),
  );
}

/** Version the chart gives a component's image, from what runs. */
export async function imageOf(testEnv: TestEnvironment, daemonSet: string): Promise<string> {
  const object = await testEnv.kube.get(resources.daemonSets, {
    namespace: testEnv.namespace,
    name: daemonSet,
  });
  return object.spec?.template?.spec?.containers[0]?.image ?? '';
}
