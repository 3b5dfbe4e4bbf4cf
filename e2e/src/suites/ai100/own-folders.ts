import { existsSync } from 'node:fs';
import { SystemProcessRunner } from '@rackwright/host';
import { ai100 } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { HostTools } from '@rackwright/storage';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { upgradeRelease } from '../../upgrade-release.ts';
import { logsOf, startWorkload, stopWorkload, untilPhase, workloadNamespace } from '../../workload.ts';
import { untilUnits } from './cache.ts';
import { driveHost } from './drives.ts';
import { reportOf, untilCondition, untilEvent } from './node-report.ts';

const { cacheReady } = ai100.condition;
const pods = ['shared', 'own'] as const;
/** Half of a cache of two drives of 2 TB. */
const share = 2_000_397_795_328n;

export const ownFolders: readonly Case[] = [
  {
    name: 'with DirectoryQuota pods are refused until the AI100 cache has quotas, then each gets a folder that holds its share and no more',
    only: 'simulated',
    deadlineMs: 180_000,
    async run(testEnv) {
      await untilUnits(testEnv, 2);
      await start(testEnv, 'shared');
      await untilPhase(testEnv, 'shared', 'Running');
      try {
        await setIsolation(testEnv, 'DirectoryQuota');
        expectEqual('reason', await untilCondition(testEnv, cacheReady, 'False', 'prjquota'), 'Blocked');
        const blockers = (await reportOf(testEnv))?.cache?.blockers?.map(({ name }) => name);
        expectEqual('blockers', blockers, ['QuotaOff']);
        await untilEvent(testEnv, ai100.event.cacheBlocked, 'QuotaOff');
        await untilUnits(testEnv, 0);
        await start(testEnv, 'own');
        await untilRefused(testEnv, 'own');
        await stopWorkload(testEnv, 'shared');
        await untilPhase(testEnv, 'own', 'Running');
        await hasItsShare(testEnv);
        await untilCondition(testEnv, cacheReady, 'True');
      } finally {
        for (const name of pods) await stopWorkload(testEnv, name);
        await setIsolation(testEnv, 'None');
      }
      await untilUnits(testEnv, 2);
    },
  },
];

function start(testEnv: TestEnvironment, name: (typeof pods)[number]): Promise<void> {
  const path = '"$RACKWRIGHT_SANDBOX_ROOT/mnt/nvme0"';
  const script = `env | grep AI100; ls ${path}; echo of ${name} >${path}/written-by-${name} && exec sleep 3600`;
  return startWorkload(testEnv, { name, resource: ai100.resource, count: 1, script });
}

/** Returns when the plugin runs with it. */
async function setIsolation(testEnv: TestEnvironment, isolation: 'None' | 'DirectoryQuota'): Promise<void> {
  await upgradeRelease(testEnv, `ai100-device-plugin.devicePlugin.isolation=${isolation}`);
  const what = 'daemonset/rackwright-ai100-device-plugin';
  const words = ['rollout', 'status', what, '--namespace', testEnv.namespace, '--timeout=60s'];
  const { code, stderr } = await testEnv.kubectl(...words);
  expectEqual(`rollout of the plugin: ${stderr}`, code, 0);
}

function untilRefused({ kube, ...testEnv }: TestEnvironment, name: string): Promise<true> {
  return eventually({ kube, ...testEnv }, `pod ${name} to wait`, async () => {
    const { status } = await kube.get(resources.pods, { namespace: workloadNamespace, name });
    const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
    return scheduled?.message?.includes(`Insufficient ${ai100.resource}`) === true;
  });
}

/** The pod sees a folder without what others wrote, and XFS counts it with the limit the pod is told of. */
async function hasItsShare(testEnv: TestEnvironment): Promise<void> {
  const log = await eventually(testEnv, 'the pod to print what it was given', async () => {
    const text = await logsOf(testEnv, 'own');
    return text.includes('AI100_UNIT_IDS') && text;
  });
  expectThat('its share', log.includes(`AI100_CACHE_BYTES=${share}`), log);
  expectThat('the folder is its own', !log.includes('written-by-shared'), log);
  const [, unit = ''] = /AI100_UNIT_IDS=(\S+)/.exec(log) ?? [];
  const { root } = driveHost(testEnv);
  await eventually(testEnv, 'the file in the folder of the unit', () =>
    existsSync(root.path(`/mnt/nvme0/.units/${unit}/written-by-own`)),
  );
  expectThat('the shared one is where it was', existsSync(root.path('/mnt/nvme0/written-by-shared')), unit);
  const limits = (await quotaReport(testEnv)).split('\n').map((line) => line.split(/\s+/).slice(0, 4));
  const limited = limits.filter(([, , , hard]) => hard === `${share / 1024n}`);
  expectEqual(`projects with this limit, of ${JSON.stringify(limits)}`, limited.length, 1);
}

/** What xfs_quota prints on the node. */
function quotaReport(testEnv: TestEnvironment): Promise<string> {
  const { root } = driveHost(testEnv);
  const tools = new HostTools({ runner: new SystemProcessRunner(testEnv.clock), root, entry: 'tree' });
  return tools.expect(['xfs_quota', '-x', '-c', 'report -p -b -n -N', '/mnt/nvme0']);
}
