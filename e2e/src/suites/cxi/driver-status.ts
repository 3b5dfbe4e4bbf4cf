import { cxiDrivers } from '@rackwright/api';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { driverCondition, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { patchDriver, untilDriverReady } from './driver.ts';

async function withVirtualNode(
  testEnv: TestEnvironment,
  use: (name: string) => Promise<void>,
): Promise<void> {
  const name = 'virtual-1';
  const labels = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', type: 'virtual-kubelet' };
  const taints = [{ key: 'virtual-kubelet.io/provider', value: 'any', effect: 'NoSchedule' as const }];
  await testEnv.kube.create(resources.nodes, { metadata: { name, labels }, spec: { taints } });
  try {
    await use(name);
  } finally {
    await testEnv.kube.delete(resources.nodes, { name });
  }
}

export const driverStatus: readonly Case[] = [
  {
    name: 'a virtual node gets no agent, keeps nothing from being Ready, and is counted',
    async run(testEnv) {
      await withVirtualNode(testEnv, async (name) => {
        // Selects the same nodes as before, so nothing rolls; the virtual ones are counted anew.
        await patchDriver(testEnv, { nodeSelector: { 'kubernetes.io/os': 'linux' } });
        await eventually(testEnv, 'the virtual node to be counted', async () => {
          const { status } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
          expectEqual('skipped', status?.skipped, 1);
          expectEqual('nodes', status?.nodes, testEnv.nodes.length);
          return true;
        });
        await untilDriverReady(testEnv);
        const ready = await driverCondition(testEnv, 'Ready');
        expectThat(
          'the message counts it',
          ready?.message.includes('1 virtual node passed over') === true,
          ready,
        );
        const fieldSelector = `spec.nodeName=${name}`;
        expectEqual(
          'pods there',
          (await testEnv.kube.list(resources.pods, { fieldSelector })).items.length,
          0,
        );
      });
      await patchDriver(testEnv, { nodeSelector: null });
      await untilDriverReady(testEnv);
    },
  },
  {
    name: 'agents of a priority class nobody made are explained by the CXIDriver, and their node counts as failed',
    deadlineMs: 300_000,
    async run(testEnv) {
      const { spec } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
      await patchDriver(testEnv, { priorityClassName: 'nobody-made' });
      try {
        await eventually(
          testEnv,
          'the cause and the remedy',
          async () => {
            const ready = await driverCondition(testEnv, 'Ready');
            const cause = 'pod refused: no PriorityClass with name nobody-made was found';
            expectThat('the cause', ready?.message.includes(cause) === true, ready);
            expectThat('the remedy', ready?.message.includes('make that PriorityClass') === true, ready);
            const { status } = await testEnv.kube.get(cxiDrivers, { name: testEnv.driver });
            expectThat('a failed node', (status?.failed ?? 0) > 0, status);
            return true;
          },
          { deadlineMs: 60_000 },
        );
      } finally {
        await patchDriver(testEnv, { priorityClassName: spec.priorityClassName });
      }
      await untilDriverReady(testEnv);
    },
  },
];
