import { ignoreNotFound, type KubeObject, type Pod, resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace, workload } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { pmemNodesOf, topologyKeys, untilDriverRuns } from './deployment.ts';
import { callsOf } from './driver-metrics.ts';
import { claim, claimed, endPod, untilDone, volumePod, withClass } from './volume-user.ts';

/** Writes the name of the first pod that had the volume, and what each finds. */
const script =
  'cd "$RACKWRIGHT_SANDBOX_ROOT/data"; echo "$TURN" >> turns; cat turns; while :; do sleep 1; done';

/** One pod with a claim of its own, that comes back under the same name. */
function user(turn: string, storageClassName: string): KubeObject {
  const container = workload([], {
    command: ['/bin/sh', '-c', script],
    env: [{ name: 'TURN', value: turn }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  });
  const template = {
    metadata: { labels: { app: 'user' } },
    spec: { terminationGracePeriodSeconds: 1, containers: [container] },
  };
  const { metadata, ...data } = claim('data', storageClassName);
  const spec = { replicas: 1, serviceName: 'user', selector: { matchLabels: { app: 'user' } }, template };
  const object = { spec: { ...spec, volumeClaimTemplates: [{ metadata: { name: 'data' }, ...data }] } };
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'user' }, ...object };
}

async function userPod(testEnv: TestEnvironment, namespace: CaseNamespace): Promise<Pod> {
  return testEnv.kube.get(resources.pods, { namespace: namespace.name, name: 'user-0' });
}

/** Waits until the pod that is not `than` runs, and returns it. */
function untilUserRuns(testEnv: TestEnvironment, namespace: CaseNamespace, than = ''): Promise<Pod> {
  return eventually(testEnv, 'the pod to run', async () => {
    const pod = await userPod(testEnv, namespace);
    return pod.metadata?.uid !== than && pod.status?.phase === 'Running' && pod;
  });
}

async function kubectl(testEnv: TestEnvironment, ...words: string[]): Promise<void> {
  const outcome = await testEnv.kubectl(...words);
  expectEqual(`exit code of kubectl ${words[0]}: ${outcome.stderr}`, outcome.code, 0);
}

/** The pod leaves the node, its volume is let go, and the next one waits for the node. */
async function drain(testEnv: TestEnvironment, namespace: CaseNamespace, node: string): Promise<void> {
  const { metadata } = await userPod(testEnv, namespace);
  const given = ['NodeUnpublishVolume', 'NodeUnstageVolume'] as const;
  const calls = () => Promise.all(given.map((method) => callsOf(testEnv, node, method)));
  const before = await calls();
  // The pods of the installation stay where they are, which other cases look at.
  await kubectl(testEnv, 'drain', node, '--ignore-daemonsets', '--pod-selector=app=user', '--timeout=60s');
  await eventually(testEnv, 'the driver to let go of the volume', async () => {
    expectEqual(
      'calls of the driver',
      await calls(),
      before.map((count) => count + 1),
    );
    return true;
  });
  await eventually(testEnv, 'the scheduler to say why the next pod waits', async () => {
    const { metadata: next, status } = await userPod(testEnv, namespace);
    const why = status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message ?? '';
    if (next?.uid !== metadata?.uid && /unschedulable/.test(why) && /node affinity/.test(why)) return true;
    throw new Error(`its phase is ${status?.phase}: ${why}`);
  });
}

export const nodeDrain: Case = {
  name: 'a drained node lets go of a volume, its pod waits and comes back to its data, claims without a volume go elsewhere, and a volume whose driver is gone for good is cleared away by hand',
  // On real nodes there is one with the driver only.
  only: 'simulated',
  async run(testEnv) {
    await untilDriverRuns(testEnv);
    await CaseNamespace.use(testEnv, 'pmem-drain', (namespace) =>
      withClass(testEnv, namespace, async (className) => {
        await namespace.apply(user('first', className));
        const first = await untilUserRuns(testEnv, namespace);
        const node = first.spec?.nodeName ?? '';
        try {
          await drain(testEnv, namespace, node);
          await goesElsewhere(testEnv, namespace, { className, node });
        } finally {
          await kubectl(testEnv, 'uncordon', node);
        }
        const again = await untilUserRuns(testEnv, namespace, first.metadata?.uid);
        expectEqual('node of the pod that came back', again.spec?.nodeName, node);
        await eventually(testEnv, 'it to find what was written before', async () => {
          const { stdout } = await namespace.kubectl('logs', 'user-0');
          return stdout === 'first\nfirst\n';
        });
        await loseDriver(testEnv, namespace, node);
        await namespace.kubectl('delete', 'statefulset', 'user', '--wait');
      }),
    );
  },
};

/** As the docs have it for a node that is gone before the claims of its volumes were deleted. */
async function loseDriver(testEnv: TestEnvironment, namespace: CaseNamespace, node: string): Promise<void> {
  const { metadata } = await userPod(testEnv, namespace);
  const key = { namespace: namespace.name, name: 'data-user-0' };
  const { spec } = await testEnv.kube.get(resources.persistentVolumeClaims, key);
  const volume = spec?.volumeName ?? '';
  await kubectl(testEnv, 'cordon', node);
  try {
    await namespace.kubectl('delete', 'pod', 'user-0', '--wait');
    await kubectl(testEnv, 'label', 'node', node, 'storage-');
    await eventually(testEnv, 'the driver to be gone', async () => {
      return (await topologyKeys(testEnv, node)) === undefined;
    });
    await namespace.kubectl('delete', 'persistentvolumeclaim', 'data-user-0', '--wait');
    const elsewhere = await untilUserRuns(testEnv, namespace, metadata?.uid);
    expectThat('the pod is on another node', elsewhere.spec?.nodeName !== node, elsewhere.spec?.nodeName);
    await eventually(testEnv, 'its new volume to be empty', async () => {
      return (await namespace.kubectl('logs', 'user-0')).stdout === 'first\n';
    });
    await kubectl(testEnv, 'delete', 'persistentvolume', volume, '--wait=false');
    const patch = ['--type=merge', '--patch', '{"metadata":{"finalizers":null}}'];
    await kubectl(testEnv, 'patch', 'persistentvolume', volume, ...patch);
    const left = await ignoreNotFound(testEnv.kube.get(resources.persistentVolumes, { name: volume }));
    expectEqual('the volume', left, undefined);
  } finally {
    await kubectl(testEnv, 'label', 'node', node, 'storage=pmem');
    await kubectl(testEnv, 'uncordon', node);
  }
}

/** A pod with a new claim while a node is cordoned. */
async function goesElsewhere(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  { className, node }: { readonly className: string; readonly node: string },
): Promise<void> {
  await namespace.apply(claim('free', className), volumePod('other', 'true', claimed('free')));
  await untilDone(testEnv, namespace, 'other');
  const { spec } = await testEnv.kube.get(resources.pods, { namespace: namespace.name, name: 'other' });
  const others = pmemNodesOf(testEnv).filter((one) => one !== node);
  expectThat('the pod is on another node', others.includes(spec?.nodeName ?? ''), spec?.nodeName);
  await endPod(namespace, 'other');
}
