import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { untilDriverRuns } from './deployment.ts';
import { claim, claimed, untilPhase, volumePod, volumesOf, withClass } from './volume-user.ts';

/** The smallest xfs, and more. ext4 in use grows only for who has CAP_SYS_RESOURCE, which this machine may lack. */
const sizes = { before: '300Mi', after: '400Mi' } as const;
const MiB = 2 ** 20;
const parameters = { 'csi.storage.k8s.io/fstype': 'xfs', eraseafter: 'false' };

/** How large the kubelet of a real node says the volume of a claim is, in bytes. */
async function toldSize(testEnv: TestEnvironment, node: string, claimName: string): Promise<number> {
  const outcome = await testEnv.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/stats/summary`);
  expectEqual(`exit code of kubectl get: ${outcome.stderr}`, outcome.code, 0);
  const { pods } = JSON.parse(outcome.stdout) as { pods: readonly PodStats[] };
  const volume = pods.flatMap((pod) => pod.volume ?? []).find(({ pvcRef }) => pvcRef?.name === claimName);
  return volume?.capacityBytes ?? 0;
}

interface PodStats {
  readonly volume?: readonly {
    readonly capacityBytes?: number;
    readonly pvcRef?: { readonly name: string };
  }[];
}

/** Size of the file system the pod sees, in bytes. */
async function seenSize(namespace: CaseNamespace): Promise<number> {
  const { stdout } = await namespace.kubectl('exec', 'user', '--', 'df', '-k', '/data');
  return Number(stdout.trim().split('\n').at(-1)?.split(/\s+/)[1]) * 1024;
}

/** Asks for more for a claim of a pod that runs, and waits until it has that. */
export async function growClaim(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  { claim: name, pod, size }: { readonly claim: string; readonly pod: string; readonly size: string },
): Promise<void> {
  const more = JSON.stringify({ spec: { resources: { requests: { storage: size } } } });
  const patch = await namespace.kubectl('patch', 'persistentvolumeclaim', name, '--patch', more);
  expectEqual(`exit code of kubectl patch: ${patch.stderr}`, patch.code, 0);
  const key = { namespace: namespace.name, name };
  // A kubelet looks at claims of a pod that runs once a minute, and when the pod changes.
  await eventually(testEnv, 'the resizer to leave the rest to the kubelet', async () => {
    const { status } = await testEnv.kube.get(resources.persistentVolumeClaims, key);
    return status?.allocatedResources?.storage === size;
  });
  await namespace.kubectl('annotate', 'pod', pod, 'example.com/grown=yes');
  await eventually(testEnv, 'the claim to have grown', async () => {
    const { status } = await testEnv.kube.get(resources.persistentVolumeClaims, key);
    if (status?.capacity?.storage === size) return true;
    throw new Error(JSON.stringify(status));
  });
}

export const expansion: Case = {
  name: 'a claim that asks for more has its volume grown under the running pod, and the kubelet tells the new size',
  async run(testEnv, record) {
    await untilDriverRuns(testEnv);
    const use = async (namespace: CaseNamespace, className: string): Promise<void> => {
      const pod = volumePod('user', 'exec sleep 3600', claimed('growing'));
      await namespace.apply(claim('growing', className, { size: sizes.before }), pod);
      await untilPhase(testEnv, namespace, 'user', 'Running');
      await growClaim(testEnv, namespace, { claim: 'growing', pod: 'user', size: sizes.after });
      const [volume] = await volumesOf(testEnv, className);
      expectEqual('size of the volume', volume?.spec?.capacity?.storage, sizes.after);
      record('grown to', volume?.spec?.capacity?.storage);
      if (testEnv.kind === 'simulated') return;
      const size = await seenSize(namespace);
      expectThat('df in the pod to see more than before', size > 300 * MiB, `${size}`);
      record.figure(`df in a pod whose claim grew from ${sizes.before} to ${sizes.after}: ${size} bytes`);
      const user = await testEnv.kube.get(resources.pods, { namespace: namespace.name, name: 'user' });
      await eventually(testEnv, 'the kubelet to tell the size that df sees', async () => {
        const told = await toldSize(testEnv, user.spec?.nodeName ?? '', 'growing');
        if (told === size) return true;
        throw new Error(`it tells ${told}, and df ${size}`);
      });
    };
    await CaseNamespace.use(testEnv, 'pmem-grow', (namespace) =>
      withClass(testEnv, namespace, (className) => use(namespace, className), { parameters }),
    );
  },
};
