import { ai100, ai100PluginMetric } from '@rackwright/keys';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { logsOf, startWorkload, stopWorkload, untilPhase } from '../../workload.ts';
import { untilUnits } from './cache.ts';
import { driveHost, pluginPod, pluginStatus } from './drives.ts';
import { reportOf, untilCondition, untilEvent } from './node-report.ts';

const { cacheReady } = ai100.condition;
const inCache = 'cd "$RACKWRIGHT_SANDBOX_ROOT/mnt/nvme0"';

export const rebuild: readonly Case[] = [
  {
    name: 'an AI100 cache that lost a drive is made anew with an empty one once no pod holds it, and serves pods again',
    only: 'simulated',
    async run(testEnv) {
      await untilUnits(testEnv, 2);
      const old = await volumeOf(testEnv);
      const script = `${inCache} && echo weights >model.bin && exec sleep 3600`;
      await start(testEnv, 'holder', script);
      try {
        const { gone, come } = await replaceDrive(testEnv);
        await untilCondition(testEnv, cacheReady, 'False', 'containers have 1 units');
        await untilUnits(testEnv, 0);
        expectEqual('the volume while a pod holds it', await volumeOf(testEnv), old);
        await stopWorkload(testEnv, 'holder');
        await untilEvent(testEnv, ai100.event.recoveryStarted, old);
        await untilUnits(testEnv, 2);
        await untilCondition(testEnv, cacheReady, 'True');
        await isNew(testEnv, old, { gone, come });
        await start(testEnv, 'next', `${inCache} && ls && echo served && exec sleep 3600`);
        const log = await eventually(testEnv, 'the next pod to look into the cache', async () => {
          const text = await logsOf(testEnv, 'next');
          return text.includes('served') && text;
        });
        expectThat('nothing is left of the old cache', !log.includes('model.bin'), log);
      } finally {
        for (const name of ['holder', 'next']) await stopWorkload(testEnv, name);
      }
    },
  },
];

async function start(testEnv: TestEnvironment, name: string, script: string): Promise<void> {
  await startWorkload(testEnv, { name, resource: ai100.resource, count: 1, script });
  await untilPhase(testEnv, name, 'Running');
}

/** The uuid of the volume that the node's report has. */
async function volumeOf(testEnv: TestEnvironment): Promise<string> {
  return (await reportOf(testEnv))?.cache?.lvUUID ?? '';
}

/** An empty drive comes, and one of the cache goes; gives their serial numbers. */
async function replaceDrive(testEnv: TestEnvironment): Promise<{ gone: string; come: string }> {
  const { nvme } = driveHost(testEnv).hardware;
  const [drive = ''] = nvme.names();
  // First the new one: no drive gets the name of one whose file system is still mounted.
  const { serial: come } = nvme.controller(nvme.plug({}));
  return { gone: nvme.unplug(drive).serial, come };
}

/** Another volume on the drives that are there, told as recovery by report and metrics. */
async function isNew(
  testEnv: TestEnvironment,
  old: string,
  { gone, come }: { readonly gone: string; readonly come: string },
): Promise<void> {
  const now = await volumeOf(testEnv);
  expectThat('the volume is another one', now !== old && now !== '', [old, now]);
  const [{ members, stripes } = { members: [] as readonly string[], stripes: 0 }] =
    (await pluginStatus(testEnv))?.cache.volumes ?? [];
  expectEqual('stripes', stripes, 2);
  expectThat('the new drive is in it', members.includes(come) && !members.includes(gone), members);
  const pod = await pluginPod(testEnv);
  if (pod === undefined) throw new Error('no plugin');
  const metrics = await testEnv.fetchFromPod(pod, 8084, '/metrics');
  const count = `${ai100PluginMetric.recoveryActions}{action="Rebuild",result="Succeeded"} 1\n`;
  expectThat('it is counted', metrics.includes(count), metrics);
}
