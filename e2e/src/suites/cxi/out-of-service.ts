import { cxiDevices } from '@rackwright/api';
import { cxi, cxiEvent } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Bed, BedNode } from '../../bed.ts';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, componentPods, deviceOf, eventually, resourceOf } from '../../observe.ts';
import { startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';
import { untilOffered, withDevicePlugin } from './driver.ts';

const device = 'cxi0';

/** As `kubectl patch cxidevice` does it. */
async function takeOut(bed: Bed, node: BedNode, unschedulable: boolean): Promise<void> {
  const name = `${node.name}-${device}`;
  await bed.kube.patch(cxiDevices, { name }, { spec: { unschedulable } }, { strategy: 'merge' });
}

async function untilHealthIs(bed: Bed, node: BedNode, reason: string): Promise<void> {
  await eventually(bed, `${device} of ${node.name} to be ${reason}`, async () => {
    expectEqual('reason', (await deviceOf(bed, node.name, device))?.status?.health?.reason, reason);
    return true;
  });
}

/** An event about the NIC since the case began. */
async function untilTold(bed: Bed, node: BedNode, reason: string): Promise<void> {
  await eventually(bed, `event ${reason}`, async () => {
    const { items } = await bed.kube.list(resources.events, { namespace: 'default' });
    const name = `${node.name}-${device}`;
    return items.some((event) => event.reason === reason && event.regarding?.name === name);
  });
}

/** Ends the driver agent of a node; its DaemonSet makes another. */
async function restartAgent(bed: Bed, node: BedNode): Promise<void> {
  const [pod] = await componentPods(bed, cxi.component.driverAgent, node.name);
  const uid = pod?.metadata?.uid;
  await bed.kube.delete(resources.pods, { namespace: bed.namespace, name: pod?.metadata?.name ?? '' });
  await eventually(bed, 'another driver agent to be ready', async () => {
    const [next] = await componentPods(bed, cxi.component.driverAgent, node.name);
    const ready = next?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return next?.metadata?.uid !== uid && ready;
  });
}

export const outOfService: readonly Case[] = [
  {
    name: 'a NIC is taken out of service and put back by spec.unschedulable; the pod that has it keeps it',
    deadlineMs: 300_000,
    async run(bed, record) {
      const node = aNicNode(bed);
      const { count } = node.nics;
      await withDevicePlugin(bed, { sharingMode: 'exclusive', legacyResourceName: '' }, async () => {
        await untilOffered(bed, node, count);
        const pod = { resource: cxi.resource.cxi, node: node.name };
        try {
          await startWorkload(bed, { ...pod, name: 'keeper', count });
          await untilPhase(bed, 'keeper', 'Running');
          await takeOut(bed, node, true);
          await untilOffered(bed, node, count - 1);
          await untilHealthIs(bed, node, 'OutOfService');
          await untilTold(bed, node, cxiEvent.deviceOutOfService);
          await restartAgent(bed, node);
          await untilHealthIs(bed, node, 'OutOfService');
          const { allocatable, capacity } = await resourceOf(bed, node.name, cxi.resource.cxi);
          record('allocatable and capacity less NICs', [allocatable - count, capacity - count]);
          const keeper = await bed.kube.get(resources.pods, { namespace: workloadNamespace, name: 'keeper' });
          expectEqual('phase of the pod that has it', keeper.status?.phase, 'Running');
          await takeOut(bed, node, false);
          await untilOffered(bed, node, count);
          await untilHealthIs(bed, node, 'Healthy');
          await untilTold(bed, node, cxiEvent.deviceInService);
        } finally {
          await takeOut(bed, node, false);
          await stopWorkload(bed, 'keeper');
        }
      });
    },
  },
];
