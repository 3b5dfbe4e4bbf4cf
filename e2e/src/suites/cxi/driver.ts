import { type CxiDriver, cxiDrivers } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed, BedNode } from '../../bed.ts';
import { expectEqual } from '../../expect.ts';
import { componentPods, driverCondition, eventually, resourceOf } from '../../observe.ts';

/** Merges `spec` into that of the bed's CXIDriver, as kubectl patch would; null takes a field out. */
export function patchDriver(bed: Bed, spec: Record<string, unknown>): Promise<unknown> {
  return bed.kube.patch(cxiDrivers, { name: bed.driver }, { spec }, { strategy: 'merge' });
}

/** Waits until every component is rolled out. */
export async function untilDriverReady(bed: Bed, deadlineMs = 120_000): Promise<void> {
  const isReady = async (): Promise<boolean> => {
    const { metadata, status } = await bed.kube.get(cxiDrivers, { name: bed.driver });
    expectEqual('observed generation', status?.observedGeneration, metadata?.generation);
    const ready = await driverCondition(bed, 'Ready');
    expectEqual(`Ready (${ready?.reason}: ${ready?.message})`, ready?.status, 'True');
    return true;
  };
  await eventually(bed, 'the CXIDriver to be Ready', isReady, { deadlineMs });
}

/** Waits until the node offers `count` of the NIC resource. */
export async function untilOffered(bed: Bed, node: BedNode, count: number): Promise<void> {
  await eventually(bed, `${node.name} to offer ${count} ${cxi.resource.cxi}`, async () => {
    expectEqual('allocatable', (await resourceOf(bed, node.name, cxi.resource.cxi)).allocatable, count);
    return true;
  });
}

type DevicePlugin = CxiDriver['spec']['devicePlugin'];

/** Runs `use` while the device plugin has other settings, and takes them back afterwards. */
export async function withDevicePlugin(
  bed: Bed,
  settings: Partial<DevicePlugin>,
  use: () => Promise<void>,
): Promise<void> {
  const { spec } = await bed.kube.get(cxiDrivers, { name: bed.driver });
  const current = spec.devicePlugin as Readonly<Record<string, unknown>>;
  const before = Object.fromEntries(Object.keys(settings).map((key) => [key, current[key] ?? null]));
  await patchDriver(bed, { devicePlugin: settings });
  try {
    await untilDriverReady(bed);
    await use();
  } finally {
    await patchDriver(bed, { devicePlugin: before });
    await untilDriverReady(bed);
  }
}

/** Ids of the running containers of a component's pods, with the names of the pods. */
export async function containersOf(bed: Bed, component: string): Promise<ReadonlyMap<string, string>> {
  const pods = await componentPods(bed, component);
  return new Map(
    pods.map((pod) => [pod.metadata?.name ?? '', pod.status?.containerStatuses?.[0]?.containerID ?? '']),
  );
}

/** Version the chart gives a component's image, from what runs. */
export async function imageOf(bed: Bed, daemonSet: string): Promise<string> {
  const object = await bed.kube.get(resources.daemonSets, { namespace: bed.namespace, name: daemonSet });
  return object.spec?.template?.spec?.containers[0]?.image ?? '';
}
