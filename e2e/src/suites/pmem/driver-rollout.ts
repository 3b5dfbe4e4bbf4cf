import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { pmemCsiDeployments } from '@rackwright/api';
import { type Pod, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverName, driverPod, pmemNodesOf, untilDriverRuns } from './deployment.ts';
import { callsOf } from './driver-metrics.ts';
import { claim, claimed, untilDone, untilPhase, volumePod, withClass } from './volume-user.ts';

/** Every environment has the driver under any name of a registry, but containerd wants to know it. */
const changes = {
  simulated: { logLevel: 5, image: 'registry.example.com/next/pmem-csi-driver:next' },
  node: { logLevel: 5 },
} as const;

const script = 'echo before > data/file; while [ ! -e data/after ]; do sleep 0.2; done; cat data/file';

export const driverRollout: Case = {
  name: 'a driver that is rolled out with another image and flags under a running pod takes nothing from it, and lets go of its volume later',
  async run(testEnv) {
    await untilDriverRuns(testEnv);
    await CaseNamespace.use(testEnv, 'pmem-rollout', (namespace) =>
      withClass(testEnv, namespace, async (className) => {
        await namespace.apply(claim('data', className), volumePod('user', script, claimed('data')));
        await untilPhase(testEnv, namespace, 'user', 'Running');
        const before = await userOf(testEnv, namespace);
        const node = before.spec?.nodeName ?? '';
        const mount = await mountOf(testEnv, namespace, before);
        await rollOut(testEnv);
        const taken = ['NodeUnpublishVolume', 'NodeUnstageVolume'] as const;
        const calls = () => Promise.all(taken.map((method) => callsOf(testEnv, node, method)));
        expectEqual('volumes that were taken away', await calls(), [0, 0]);
        const after = await userOf(testEnv, namespace);
        expectEqual('what is mounted', await mountOf(testEnv, namespace, after), mount);
        const restarts = after.status?.containerStatuses?.map(({ restartCount }) => restartCount);
        expectEqual('restarts of the pod', restarts, [0]);
        const touch = ['/bin/sh', '-c', 'touch "$RACKWRIGHT_SANDBOX_ROOT/data/after"'];
        const ended = await namespace.kubectl('exec', 'user', '--', ...touch);
        expectEqual(`exit code: ${ended.stderr}`, ended.code, 0);
        expectEqual('log', await untilDone(testEnv, namespace, 'user'), 'before\n');
        await namespace.kubectl('delete', 'pod', 'user', '--wait', '--timeout=60s');
        await eventually(testEnv, 'the new driver to let go', async () => {
          expectEqual('volumes that were taken away', await calls(), [1, 1]);
          return true;
        });
      }),
    );
  },
};

function userOf(testEnv: TestEnvironment, namespace: CaseNamespace): Promise<Pod> {
  return testEnv.kube.get(resources.pods, { namespace: namespace.name, name: 'user' });
}

/** Changes the deployment and waits until every node has the driver so. */
async function rollOut(testEnv: TestEnvironment): Promise<void> {
  const change = changes[testEnv.kind];
  const key = { name: driverName };
  await testEnv.kube.patch(pmemCsiDeployments, key, { spec: change }, { strategy: 'merge' });
  for (const node of pmemNodesOf(testEnv)) {
    await eventually(testEnv, `the changed driver on ${node}`, async () => {
      const { spec, status } = await driverPod(testEnv, node);
      const driver = spec?.containers.find(({ name }) => name === 'pmem-driver');
      const changed = driver?.args?.includes(`-v=${change.logLevel}`) === true;
      const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');
      if (changed && ready) return true;
      throw new Error(`its flags are ${driver?.args}, and its pod ${JSON.stringify(status?.conditions)}`);
    });
  }
}

/** Another one if what the pod has as its volume was taken away and put there again. */
async function mountOf(testEnv: TestEnvironment, namespace: CaseNamespace, pod: Pod): Promise<string> {
  if (testEnv.kind === 'node') {
    const { stdout } = await namespace.kubectl('exec', 'user', '--', 'cat', '/proc/self/mountinfo');
    const line = stdout.split('\n').find((one) => one.split(' ')[4] === '/data');
    expectThat('the volume is mounted', line !== undefined, stdout);
    return line;
  }
  const host = testEnv.nodes.find(({ name }) => name === pod.spec?.nodeName)?.host;
  const claimOf = await testEnv.kube.get(resources.persistentVolumeClaims, {
    ...{ namespace: namespace.name, name: 'data' },
  });
  const folder = `/var/lib/kubelet/pods/${pod.metadata?.uid}/volumes/kubernetes.io~csi`;
  const target = join(folder, claimOf.spec?.volumeName ?? '', 'mount');
  const { ino, ctimeNs } = await lstat(host?.root.path(target) ?? '', { bigint: true });
  return `${ino} since ${ctimeNs}`;
}
