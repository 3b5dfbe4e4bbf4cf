import { type AidaptivCache, aidaptivCacheNodes, aidaptivCaches } from '@rackwright/api';
import { ai100, aidaptivCache } from '@rackwright/keys';
import { apiVersionOf, ignoreNotFound, type Pod, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { stopWorkload, untilPhase, workloadNamespace, workloadPod } from '../../workload.ts';
import { untilUnits } from './cache.ts';
import { driveHost, driveNode, pluginStatus } from './drives.ts';
import { installFamilyChart, noPlugin, uninstallFamilyChart } from './family-chart.ts';

/** In the order they are asked to go. */
const [first, second] = ['stale-1', 'stale-2'];
const namespace = workloadNamespace;
const { event } = aidaptivCache;

export const staleConsumers: readonly Case[] = [
  {
    name: 'pods that hold an AI100 cache whose drives went and came back are evicted one at a time, as budgets allow, and it is mounted anew',
    only: 'simulated',
    async run(testEnv) {
      await installFamilyChart(testEnv, ['aidaptivCache.create=false', 'pnd.enabled=false']);
      await untilUnits(testEnv, 2);
      await createCache(testEnv);
      await startConsumer(testEnv, first);
      await startConsumer(testEnv, second);
      await forbid(testEnv, second);
      const stranger = await replaceDrive(testEnv);
      try {
        await eventually(testEnv, 'the second to be held back by its budget', async () => {
          const refused = await notesOf(testEnv, event.evictionRefused);
          return refused.some((note) => note.includes(`${namespace}/${second}`));
        });
        // Not waited for: it takes its time to go, and must have gone before.
        expectEqual('the first, when the second is asked', await podOf(testEnv, first), undefined);
        const { status } = await testEnv.kube.get(aidaptivCacheNodes, { name: driveNode });
        expectEqual('consumers are told of', status?.cache?.staleConsumers, true);
        await testEnv.kube.delete(resources.podDisruptionBudgets, { namespace, name: second });
        await eventually(testEnv, 'the second to be gone', async () => {
          return (await podOf(testEnv, second)) === undefined;
        });
        const evicted = await notesOf(testEnv, event.consumerEvicted);
        for (const name of [first, second])
          expectEqual(`times ${name} was evicted`, evicted.filter((note) => note.includes(name)).length, 1);
        await eventually(testEnv, 'the cache to be mounted anew', async () => {
          return (await pluginStatus(testEnv))?.cache.state === 'Ready';
        });
      } finally {
        driveHost(testEnv).hardware.nvme.unplug(stranger);
        await stopWorkload(testEnv, first, second);
        await deleteCache(testEnv);
        await uninstallFamilyChart(testEnv);
      }
    },
  },
];

async function createCache({ kube }: TestEnvironment): Promise<void> {
  const cache = {
    ...{ apiVersion: apiVersionOf(aidaptivCaches), kind: aidaptivCaches.kind },
    metadata: { name: aidaptivCache.name },
    spec: {
      devicePlugin: { image: noPlugin },
      exporter: { enabled: false },
      recovery: { actions: ['EvictConsumers'] },
    },
  };
  await kube.create(aidaptivCaches, cache as unknown as AidaptivCache);
}

async function deleteCache(testEnv: TestEnvironment): Promise<void> {
  const key = { name: aidaptivCache.name };
  await ignoreNotFound(testEnv.kube.delete(aidaptivCaches, key));
  await eventually(testEnv, 'the AidaptivCache to be gone', async () => {
    return (await ignoreNotFound(testEnv.kube.get(aidaptivCaches, key))) === undefined;
  });
}

/** One unit each. It takes its time to go, so that two that go at once would be seen. */
async function startConsumer(testEnv: TestEnvironment, name: string): Promise<void> {
  const script = 'trap "" TERM; while :; do sleep 1; done';
  const pod = workloadPod({ name, resource: ai100.resource, count: 1, node: driveNode, script });
  const labels = { app: name };
  const spec = { ...pod.spec, terminationGracePeriodSeconds: 3 };
  await testEnv.kube.create(resources.pods, { ...pod, metadata: { ...pod.metadata, labels }, spec });
  await untilPhase(testEnv, name, 'Running');
}

async function forbid(testEnv: TestEnvironment, name: string): Promise<void> {
  const spec = { minAvailable: 1, selector: { matchLabels: { app: name } } };
  await testEnv.kube.create(resources.podDisruptionBudgets, { metadata: { namespace, name }, spec });
  await eventually(testEnv, 'the budget to count its pod', async () => {
    const { status } = await testEnv.kube.get(resources.podDisruptionBudgets, { namespace, name });
    return status?.currentHealthy === 1;
  });
}

/** A drive is pulled, another one takes its name, and it comes back as a third; gives the name of the other. */
async function replaceDrive(testEnv: TestEnvironment): Promise<string> {
  const { nvme } = driveHost(testEnv).hardware;
  const [drive = ''] = nvme.names();
  const pulled = nvme.unplug(drive);
  await untilUnits(testEnv, 0);
  const stranger = nvme.plug({ serial: 'OTHER', model: 'SAMSUNG MZVL2512', vendor: 0x144d });
  nvme.plugBack(pulled);
  return stranger;
}

function podOf({ kube }: TestEnvironment, name: string): Promise<Pod | undefined> {
  return ignoreNotFound(kube.get(resources.pods, { namespace, name }));
}

async function notesOf({ kube }: TestEnvironment, reason: string): Promise<string[]> {
  const { items } = await kube.list(resources.events, { namespace: 'default' });
  return items.filter((one) => one.reason === reason).map(({ note }) => note ?? '');
}
