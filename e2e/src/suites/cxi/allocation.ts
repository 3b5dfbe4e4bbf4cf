import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { aNicNode, eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment, TestNode } from '../../test-environment.ts';
import { startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';
import { untilOffered, withDevicePlugin } from './driver.ts';

/** Why the scheduler leaves a pod waiting, without the counts of nodes in front. */
async function whyPending(testEnv: TestEnvironment, name: string): Promise<string> {
  return eventually(testEnv, `the scheduler to say why ${name} waits`, async () => {
    const { status } = await testEnv.kube.get(resources.pods, { namespace: workloadNamespace, name });
    const scheduled = status?.conditions?.find((one) => one.type === 'PodScheduled');
    if (scheduled?.reason !== 'Unschedulable') return undefined;
    return scheduled.message?.includes(`Insufficient ${cxi.resource.cxi}`)
      ? `Insufficient ${cxi.resource.cxi}`
      : scheduled.message;
  });
}

/** A NIC node with two NUMA nodes and an even number of NICs on each. */
function aTwoSidedNode(testEnv: TestEnvironment): TestNode {
  const node = testEnv.nodes.find(({ host }) => {
    const sides = host.hardware.cxi.functions().map((nic) => nic.numaNode);
    return sides.length === 4 && sides.filter((side) => side === 0).length === 2;
  });
  if (node === undefined)
    throw new Error('this test environment has no node with two NICs on each of two NUMA nodes');
  return node;
}

/** How the kubelet admitted a pod: its phase, or the reason it was refused for. */
async function admission(testEnv: TestEnvironment, name: string): Promise<string> {
  return eventually(testEnv, `the kubelet to admit or refuse ${name}`, async () => {
    const { status } = await testEnv.kube.get(resources.pods, { namespace: workloadNamespace, name });
    if (status?.phase === 'Running') return 'Running';
    return status?.phase === 'Failed' ? status.reason : undefined;
  });
}

async function withPods(
  testEnv: TestEnvironment,
  names: readonly string[],
  use: () => Promise<void>,
): Promise<void> {
  try {
    await use();
  } finally {
    await stopWorkload(testEnv, ...names);
  }
}

/** As long as the name part of an extended resource may be, and a domain that is longer than usual. */
const longName = `long-domain-of-a-site.example.com/${'nic-'.repeat(15)}end`;

export const allocation: readonly Case[] = [
  {
    name: 'a resource whose name has the 63 characters Kubernetes allows is registered, and a pod gets a NIC by it',
    deadlineMs: 240_000,
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      await withDevicePlugin(testEnv, { resourceName: longName, sharingMode: 'exclusive' }, async () => {
        await eventually(testEnv, `${node.name} to offer ${longName}`, async () => {
          const { allocatable } = await resourceOf(testEnv, node.name, longName);
          expectEqual('allocatable', allocatable, node.nics.count);
          return true;
        });
        await withPods(testEnv, ['long'], async () => {
          await startWorkload(testEnv, { name: 'long', node: node.name, resource: longName, count: 1 });
          await untilPhase(testEnv, 'long', 'Running');
        });
        record('characters of the name', longName.length);
      });
      await untilOffered(testEnv, node, (await resourceOf(testEnv, node.name, cxi.resource.cxi)).capacity);
    },
  },
  {
    name: 'a pod that asks for the NIC another one has stays Pending, and runs once that one has ended',
    deadlineMs: 240_000,
    async run(testEnv, record) {
      const node = aNicNode(testEnv);
      await withDevicePlugin(testEnv, { sharingMode: 'exclusive' }, async () => {
        await untilOffered(testEnv, node, node.nics.count);
        const pod = { resource: cxi.resource.cxi, node: node.name };
        await withPods(testEnv, ['holder', 'waiter'], async () => {
          await startWorkload(testEnv, { ...pod, name: 'holder', count: node.nics.count });
          await untilPhase(testEnv, 'holder', 'Running');
          await startWorkload(testEnv, { ...pod, name: 'waiter', count: 1 });
          record('why the second pod waits', await whyPending(testEnv, 'waiter'));
          await stopWorkload(testEnv, 'holder');
          await untilPhase(testEnv, 'waiter', 'Running');
        });
      });
    },
  },
  {
    name: 'Topology Manager accepts and refuses pods as the NUMA nodes of the NICs say',
    deadlineMs: 300_000,
    async run(testEnv, record) {
      const node = aTwoSidedNode(testEnv);
      const pod = { resource: cxi.resource.cxi, node: node.name };
      const tryPod = async (name: string, count: number): Promise<string> => {
        await startWorkload(testEnv, { ...pod, name, count });
        return admission(testEnv, name);
      };
      const singles = ['one-a', 'one-b', 'one-c'];
      const names = [...singles, 'pair', 'three'];
      try {
        await withDevicePlugin(testEnv, { sharingMode: 'exclusive' }, async () => {
          await untilOffered(testEnv, node, node.nics.count);
          await node.alignDevices('single-numa-node');
          await untilOffered(testEnv, node, node.nics.count);
          await withPods(testEnv, names, async () => {
            const three = await tryPod('three', 3);
            record('three NICs under single-numa-node', three);
            expectEqual('three NICs of two NUMA nodes', three, 'TopologyAffinityError');
            const pair = await tryPod('pair', 2);
            record('two NICs under single-numa-node', pair);
            expectEqual('two NICs of one NUMA node', pair, 'Running');
          });
          await node.alignDevices('restricted');
          await untilOffered(testEnv, node, node.nics.count);
          await withPods(testEnv, names, async () => {
            const three = await tryPod('three', 3);
            record('three NICs under restricted', three);
            // No NUMA node could ever give three: two of them are as good as it gets.
            expectEqual('three NICs, which no NUMA node has', three, 'Running');
            await stopWorkload(testEnv, 'three');
            for (const name of singles) expectEqual(name, await tryPod(name, 1), 'Running');
            // Two sat on the first NUMA node, one on the second: now each has one NIC left.
            await stopWorkload(testEnv, 'one-a');
            const pair = await tryPod('pair', 2);
            record('two NICs under restricted, one free on each NUMA node', pair);
            expectEqual('two NICs that one NUMA node could give', pair, 'TopologyAffinityError');
          });
        });
      } finally {
        await node.alignDevices('none');
      }
      await eventually(testEnv, `${node.name} to be as before`, async () => {
        const { status } = await testEnv.kube.get(resources.nodes, { name: node.name });
        expectThat('allocatable', Number(status?.allocatable?.[cxi.resource.cxi]) > 0, status?.allocatable);
        return true;
      });
    },
  },
];
