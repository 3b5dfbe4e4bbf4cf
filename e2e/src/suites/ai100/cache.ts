import { ai100 } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { logsOf, startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';
import { driveNode, pluginStatus } from './drives.ts';

/** Waits until the node offers so many units. */
export function untilUnits(testEnv: TestEnvironment, count: number): Promise<true> {
  return eventually(testEnv, `${driveNode} to offer ${count} of ${ai100.resource}`, async () => {
    const { allocatable } = await resourceOf(testEnv, driveNode, ai100.resource);
    if (allocatable === count) return true;
    throw new Error(`it offers ${allocatable}: ${JSON.stringify((await pluginStatus(testEnv))?.cache)}`);
  });
}

/** What the older operator's users have: a pod that asks for units and names a path, but no volume. */
const script =
  'env | grep -E "AI100|NVME"; cd "$RACKWRIGHT_SANDBOX_ROOT/mnt/nvme0" && echo kept >>"$HOSTNAME" && cat "$HOSTNAME" && exec sleep 3600';

async function withPod(
  testEnv: TestEnvironment,
  name: string,
  count: number,
  use: () => Promise<void>,
): Promise<void> {
  await startWorkload(testEnv, { name, resource: ai100.resource, count, script });
  try {
    await use();
  } finally {
    await stopWorkload(testEnv, name);
  }
}

export const cache: readonly Case[] = [
  {
    name: 'two empty AI100 drives become one striped cache, of which the node offers two units',
    only: 'simulated',
    async run(testEnv, record) {
      await untilUnits(testEnv, 2);
      const { cache: found } = (await pluginStatus(testEnv)) ?? {};
      expectEqual('state of the cache', found?.state, 'Ready');
      const [volume] = found?.volumes ?? [];
      expectEqual(
        'the volume',
        [volume?.stripes, volume?.stripeBytes, volume?.sizeBytes, volume?.fileSystem, volume?.hostPath],
        [2, '131072', '4000795590656', 'xfs', '/mnt/nvme0'],
      );
      record('members', volume?.members);
    },
  },
  {
    name: "the older operator's pod with two units runs, and finds the cache at /mnt/nvme0",
    only: 'simulated',
    async run(testEnv) {
      await untilUnits(testEnv, 2);
      await withPod(testEnv, 'trainer', 2, async () => {
        await untilPhase(testEnv, 'trainer', 'Running');
        const log = await eventually(testEnv, 'the pod to print what it wrote', async () => {
          const text = await logsOf(testEnv, 'trainer');
          return text.includes('kept') ? text : undefined;
        });
        expectThat('units in the environment', log.includes('AI100_UNITS=2'), log);
        expectThat('path in the environment', log.includes('NVME_PATH=/mnt/nvme0'), log);
      });
    },
  },
  {
    name: 'a pod that asks for more units than a node has stays Pending, and says why',
    only: 'simulated',
    async run(testEnv) {
      await untilUnits(testEnv, 2);
      await withPod(testEnv, 'greedy', 3, async () => {
        await eventually(testEnv, 'the scheduler to say why', async () => {
          const { status } = await testEnv.kube.get(resources.pods, {
            ...{ namespace: workloadNamespace, name: 'greedy' },
          });
          expectEqual('phase', status?.phase, 'Pending');
          const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
          return scheduled?.message?.includes(`Insufficient ${ai100.resource}`) === true;
        });
      });
    },
  },
];
