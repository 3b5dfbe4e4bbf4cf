import { aidaptivCacheNodes } from '@rackwright/api';
import { ai100, ai100PluginMetric } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { disliked, promtoolExpected } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually, resourceOf } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driveNode, pluginPod } from './drives.ts';

/** The plugin's `/metrics` on the node with drives, once its container is ready. */
async function metricsOf(testEnv: TestEnvironment): Promise<string> {
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

export const pluginMetrics: readonly Case[] = [
  {
    name: 'the AI100 plugin answers /metrics on every kind of node, and offers units or says why not',
    async run(testEnv) {
      const text = await eventually(testEnv, 'two drives in /metrics of the plugin', async () => {
        const metrics = await metricsOf(testEnv);
        const counts = metrics.matchAll(new RegExp(`^${ai100PluginMetric.drives}\\{.*\\} (\\d+)$`, 'gm'));
        const drives = [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
        expectThat('drives', drives === 2, metrics);
        return metrics;
      });
      if (promtoolExpected()) expectEqual('metrics that promtool dislikes', disliked(text), []);
      await eventually(testEnv, 'units, or why there are none', () => unitsOrWhy(testEnv));
    },
  },
];
