import { aidaptivCacheNodes } from '@rackwright/api';
import { ai100, ai100PluginMetric } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { expectThat } from '../../expect.ts';
import { eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveNode, pluginPod } from './drives.ts';
import { askExporter } from './exporter.ts';

/** The plugin's `/metrics` on the node with drives, once its container is ready. */
async function pluginMetrics(testEnv: TestEnvironment): Promise<string> {
  const pod = await pluginPod(testEnv);
  if (pod === undefined) throw new Error(`no plugin on ${driveNode}`);
  const { status } = await testEnv.kube.get(resources.pods, pod);
  expectThat(
    'the container is ready',
    status?.containerStatuses?.[0]?.ready === true,
    JSON.stringify(status),
  );
  return testEnv.fetchFromPod(pod, 8084, '/metrics');
}

/** Units are offered, or the node's report says why not. */
async function unitsOrWhy(testEnv: TestEnvironment): Promise<true> {
  const { allocatable } = await resourceOf(testEnv, driveNode, ai100.resource);
  if (allocatable > 0) return true;
  const { status } = await testEnv.kube.get(aidaptivCacheNodes, { name: driveNode });
  const cache = status?.conditions?.find(({ type }) => type === ai100.condition.cacheReady);
  const why = cache?.status === 'False' ? cache.message : '';
  expectThat('why there are no units', why !== '', JSON.stringify(status));
  return true;
}

export const images: readonly Case[] = [
  {
    name: 'AI100 plugin and exporter run and answer /metrics on every kind of node, and the plugin offers units or says why not',
    // It was not seen on real nodes yet.
    only: 'simulated',
    async run(testEnv) {
      await eventually(testEnv, 'two drives in /metrics of the plugin', async () => {
        const text = await pluginMetrics(testEnv);
        const counts = text.matchAll(new RegExp(`^${ai100PluginMetric.drives}\\{.*\\} (\\d+)$`, 'gm'));
        const drives = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
        expectThat('drives', drives === 2, text);
        return true;
      });
      await eventually(testEnv, 'two drives in /metrics of the exporter', async () => {
        const text = await askExporter(testEnv, '/metrics');
        expectThat('drives', text.match(/^nvme_device_info\{/gm)?.length === 2, text);
        return true;
      });
      await eventually(testEnv, 'units, or why there are none', () => unitsOrWhy(testEnv));
    },
  },
];
