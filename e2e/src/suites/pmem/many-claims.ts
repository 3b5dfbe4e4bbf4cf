import { parseQuantity, wholeUnits } from '@rackwright/core';
import { type KubeObject, resources } from '@rackwright/kube';
import { localProvisioner } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import { CaseNamespace, pod, workload } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverName, pmemNodesOf, untilDriverRuns } from './deployment.ts';
import { availableBytes, callsOf, failedCalls } from './driver-metrics.ts';
import { claim, storageClass, volumesOf } from './volume-user.ts';

const count = 200;
const perPod = 10;
/** Of what a provisioner, kubelet or driver could not do. */
const failures = [
  'ProvisioningFailed',
  'VolumeFailedDelete',
  'FailedMount',
  'FailedMapVolume',
  'FailedBinding',
];

/** How long claims took from being applied to what is named, in seconds. */
interface Times {
  readonly bound: number;
  readonly used: number;
  /** From being deleted. */
  readonly gone: number;
}

/** A pod that writes to every one of its volumes, and reads what it wrote. */
function userOf(name: string, claims: readonly string[]): KubeObject {
  const script =
    'for each in data-*; do echo "$HOSTNAME $each" > $each/file && cat $each/file || exit 1; done';
  const container = workload([], {
    command: ['/bin/sh', '-c', `cd "\${RACKWRIGHT_SANDBOX_ROOT:-/}" && ${script}`],
    volumeMounts: claims.map((_, i) => ({ name: `data-${i}`, mountPath: `/data-${i}` })),
  });
  const volumes = claims.map((claimName, i) => ({
    name: `data-${i}`,
    persistentVolumeClaim: { claimName },
  }));
  return pod(name, { containers: [container], volumes, restartPolicy: 'Never' });
}

/** Claims all at once, pods that use them, and all of it deleted again. */
async function useClaims(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  className: string,
): Promise<Times> {
  const names = Array.from({ length: count }, (_, i) => `claim-${i}`);
  const users = Array.from({ length: count / perPod }, (_, i) => `user-${i}`);
  const claimsOf = (i: number): string[] => names.slice(i * perPod, (i + 1) * perPod);
  const { clock } = testEnv;
  const start = clock.monotonic();
  const seconds = (since: number): number => (clock.monotonic() - since) / 1000;
  await namespace.apply(
    ...names.map((name) => claim(name, className)),
    ...users.map((name, i) => userOf(name, claimsOf(i))),
  );
  const wait = { deadlineMs: 600_000, intervalMs: 500 };
  await eventually(testEnv, 'every claim to be bound', () => areBound(testEnv, namespace), wait);
  const bound = seconds(start);
  await eventually(testEnv, 'every pod to have used its volumes', () => areDone(testEnv, namespace), wait);
  const used = seconds(start);
  for (const name of users) {
    const { stdout } = await namespace.kubectl('logs', name);
    const expected = claimsOf(0).map((_, i) => `${name} data-${i}\n`);
    expectEqual(`log of ${name}`, stdout, expected.join(''));
  }
  // Whoever deletes a pod that has just ended and its claim has the volume deleted before the node has let go of it.
  await eventually(testEnv, 'the nodes to let go', async () => (await publishedOn(testEnv)) === 0, wait);
  const end = clock.monotonic();
  for (const kind of ['pods', 'persistentvolumeclaims'])
    await namespace.kubectl('delete', kind, '--all', '--wait=false');
  const areGone = async (): Promise<boolean> => (await volumesOf(testEnv, className)).length === 0;
  await eventually(testEnv, 'every volume to be gone', areGone, wait);
  return { bound, used, gone: seconds(end) };
}

/** How many volumes of the driver pods have now. */
async function publishedOn(testEnv: TestEnvironment): Promise<number> {
  const calls = pmemNodesOf(testEnv).map(
    async (node) =>
      (await callsOf(testEnv, node, 'NodePublishVolume')) -
      (await callsOf(testEnv, node, 'NodeUnpublishVolume')),
  );
  return (await Promise.all(calls)).reduce((sum, count) => sum + count, 0);
}

async function areBound(testEnv: TestEnvironment, { name }: CaseNamespace): Promise<boolean> {
  const { items } = await testEnv.kube.list(resources.persistentVolumeClaims, { namespace: name });
  return items.filter(({ status }) => status?.phase === 'Bound').length === count;
}

async function areDone(testEnv: TestEnvironment, { name }: CaseNamespace): Promise<boolean> {
  const { items } = await testEnv.kube.list(resources.pods, { namespace: name });
  const failed = items.filter(({ status }) => status?.phase === 'Failed');
  expectEqual(
    'pods that failed',
    failed.map(({ metadata }) => metadata?.name),
    [],
  );
  return items.every(({ status }) => status?.phase === 'Succeeded');
}

/**
 * How a kubelet says that it could not read a claim. API servers let a node read the claims of its pods a moment after
 * the pods are there: the node authorizer follows pods as the kubelet does, and may be the later of the two. No driver
 * has been asked for anything then, and the kubelet tries again.
 */
const isLateAuthorizer = (note: string): boolean =>
  note.startsWith('Unable to attach or mount volumes') && note.includes('no relationship found between node');

/** What could not be done at first, though it was in the end; and how often a node was not let read a claim yet. */
async function failuresIn(
  testEnv: TestEnvironment,
  { name }: CaseNamespace,
): Promise<{ readonly failed: readonly string[]; readonly late: number }> {
  const { items } = await testEnv.kube.list(resources.events, { namespace: name });
  const notes = items.filter(({ reason = '' }) => failures.includes(reason)).map(({ note = '' }) => note);
  const failed = notes.filter((note) => !isLateAuthorizer(note));
  return { failed, late: notes.length - failed.length };
}

/** Calls that a driver did not answer with OK, by node. */
function refusedCalls(testEnv: TestEnvironment): Promise<(readonly string[])[]> {
  return Promise.all(pmemNodesOf(testEnv).map((node) => failedCalls(testEnv, node)));
}

/** Waits until the scheduler is told of as much room as the drivers have, which is what they had before. */
async function untilRoomIs(
  testEnv: TestEnvironment,
  className: string,
  before: readonly number[],
): Promise<void> {
  await eventually(
    testEnv,
    'the scheduler to be told of all the room',
    async () => {
      const { items } = await testEnv.kube.list(resources.csiStorageCapacities);
      const told = pmemNodesOf(testEnv).map((node) => {
        const own = items.find(
          ({ storageClassName, nodeTopology }) =>
            storageClassName === className && nodeTopology?.matchLabels?.[`${driverName}/node`] === node,
        );
        return Number(wholeUnits(parseQuantity(own?.capacity ?? '0', 'capacity')));
      });
      expectEqual('room', { told, there: await roomOf(testEnv) }, { told: before, there: before });
      return true;
    },
    // Provisioners look once a minute for what changed without them.
    { deadlineMs: 120_000 },
  );
}

/** Free memory of each node in bytes, as its driver says. */
function roomOf(testEnv: TestEnvironment): Promise<number[]> {
  return Promise.all(pmemNodesOf(testEnv).map((node) => availableBytes(testEnv, node)));
}

function told(provisioner: string, { bound, used, gone }: Times): string {
  const parts = [`bound after ${bound.toFixed(1)} s`, `used after ${used.toFixed(1)} s`];
  return `${provisioner}: all ${parts.join(', ')}, gone ${gone.toFixed(1)} s after they were deleted`;
}

/** Beside as many claims of the simplest provisioner there is. */
export const manyClaims: Case = {
  name: '200 claims at once get volumes that pods can use, all of them go again, and the room is as before',
  only: 'simulated',
  long: true,
  deadlineMs: 1_500_000,
  async run(testEnv, record) {
    await untilDriverRuns(testEnv);
    const room = await roomOf(testEnv);
    const refused = await refusedCalls(testEnv);
    for (const provisioner of [driverName, localProvisioner]) {
      await CaseNamespace.use(testEnv, 'pmem-many', async (namespace) => {
        const className = `many-${namespace.name}`;
        await namespace.apply(storageClass(className, { provisioner }));
        try {
          const times = await useClaims(testEnv, namespace, className);
          record.figure(`${count} claims of ${told(provisioner, times)}`);
          const { failed, late } = await failuresIn(testEnv, namespace);
          record.figure(
            `${late} pods of ${provisioner} looked at again, as their claims could not be read yet`,
          );
          if (provisioner !== driverName) return;
          expectEqual('failures on the way', failed, []);
          expectEqual('calls that a driver refused', await refusedCalls(testEnv), refused);
          await untilRoomIs(testEnv, className, room);
        } finally {
          await testEnv.kubectl('delete', 'storageclass', className);
        }
      });
    }
  },
};
