import { cxiDevices } from '@rackwright/api';
import { cxi, cxiEvent } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { aNicNode, componentPods, deviceOf, eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';
import { startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';
import { untilOffered, withDevicePlugin } from './driver.ts';

const device = 'cxi0';

/** As `kubectl patch cxidevice` does it. */
async function takeOut(testEnv: TestEnvironment, node: TestNode, unschedulable: boolean): Promise<void> {
  const name = `${node.name}-${device}`;
  await testEnv.kube.patch(cxiDevices, { name }, { spec: { unschedulable } }, { strategy: 'merge' });
}

async function untilHealthIs(testEnv: TestEnvironment, node: TestNode, reason: string): Promise<void> {
  await eventually(testEnv, `${device} of ${node.name} to be ${reason}`, async () => {
    expectEqual('reason', (await deviceOf(testEnv, node.name, device))?.status?.health?.reason, reason);
    return true;
  });
}

/** An event about the NIC since the case began. */
async function untilTold(testEnv: TestEnvironment, node: TestNode, reason: string): Promise<void> {
  await eventually(testEnv, `event ${reason}`, async () => {
    const { items } = await testEnv.kube.list(resources.events, { namespace: 'default' });
    const name = `${node.name}-${device}`;
    return items.some((event) => event.reason === reason && event.regarding?.name === name);
  });
}

/** Ends the driver agent of a node; its DaemonSet makes another. */
async function restartAgent(testEnv: TestEnvironment, node: TestNode): Promise<void> {
  const [pod] = await componentPods(testEnv, cxi.component.driverAgent, node.name);
  const uid = pod?.metadata?.uid;
  await testEnv.kube.delete(resources.pods, {
    namespace: testEnv.namespace,
    name: pod?.metadata?.name ?? '',
  });
  await eventually(testEnv, 'another driver agent to be ready', async () => {
    const [next] = await componentPods(testEnv, cxi.component.driverAgent, node.name);
    const ready = next?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return next?.metadata?.uid !== uid && ready;
  });
}

export const outOfService: readonly Case[] = [
  {
    name: 'a NIC is taken out of service and put back by spec.unschedulable; the pod that has it keeps it',
    deadlineMs: 300_000,
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      const { count } = node.nics;
      await withDevicePlugin(testEnv, { sharingMode: 'exclusive', legacyResourceName: '' }, async () => {
        await untilOffered(testEnv, node, count);
        const pod = { resource: cxi.resource.cxi, node: node.name };
        try {
          await startWorkload(testEnv, { ...pod, name: 'keeper', count });
          await untilPhase(testEnv, 'keeper', 'Running');
          await takeOut(testEnv, node, true);
          await untilOffered(testEnv, node, count - 1);
          await untilHealthIs(testEnv, node, 'OutOfService');
          await untilTold(testEnv, node, cxiEvent.deviceOutOfService);
          await restartAgent(testEnv, node);
          await untilHealthIs(testEnv, node, 'OutOfService');
          const { allocatable, capacity } = await resourceOf(testEnv, node.name, cxi.resource.cxi);
          record('allocatable and capacity less NICs', [allocatable - count, capacity - count]);
          const keeper = await testEnv.kube.get(resources.pods, {
            namespace: workloadNamespace,
            name: 'keeper',
          });
          expectEqual('phase of the pod that has it', keeper.status?.phase, 'Running');
          await takeOut(testEnv, node, false);
          await untilOffered(testEnv, node, count);
          await untilHealthIs(testEnv, node, 'Healthy');
          await untilTold(testEnv, node, cxiEvent.deviceInService);
        } finally {
          await takeOut(testEnv, node, false);
          await stopWorkload(testEnv, 'keeper');
        }
      });
    },
  },
];
