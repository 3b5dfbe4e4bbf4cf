import { existsSync } from 'node:fs';
import { HostFiles } from '@rackwright/host';
import { resources } from '@rackwright/kube';
import { hostMounts, mountAt } from '@rackwright/storage';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import { untilUnits } from './cache.ts';
import { driveHost, driveNode, pluginPod } from './drives.ts';

const hostPath = '/mnt/nvme0';

/** Data is nobody's to take away with a release (spec ai100 §1.8). */
export const cacheStays: Case = {
  name: 'helm uninstall takes the AI100 plugin away, and leaves the cache mounted as it is',
  only: 'simulated',
  async run(testEnv) {
    const { namespace, kube } = testEnv;
    if ((await pluginPod(testEnv)) !== undefined) await untilUnits(testEnv, 2);
    await testEnv.rights.note(testEnv);
    const words = ['rackwright', '--namespace', namespace, '--ignore-not-found'];
    const gone = await testEnv.helm('uninstall', ...words);
    expectEqual(`helm uninstall: ${gone.stderr}`, gone.code, 0);
    await eventually(testEnv, 'the plugin to be gone', async () => (await pluginPod(testEnv)) === undefined);
    const { root } = driveHost(testEnv);
    const mount = mountAt(hostMounts(new HostFiles(root)), hostPath);
    expectEqual('the mount', [mount?.fsType, mount?.options.includes('rw')], ['xfs', true]);
    expectThat(
      'the plan of the cache is kept',
      existsSync(root.path('/var/lib/ai100/plan.json')),
      root.prefix,
    );
    const { metadata } = await kube.get(resources.nodes, { name: driveNode });
    const left = Object.keys(metadata?.labels ?? {}).filter((key) => key.startsWith('phison.com/ai100'));
    expectEqual('labels of drives', left, []);
  },
};
