import { rename, rm, writeFile } from 'node:fs/promises';
import { kubernetes } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { Case } from '../../case.ts';
import { CaseNamespace } from '../../case-namespace.ts';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverName, pmemNodesOf, untilDriverRuns } from './deployment.ts';
import {
  claim,
  claimed,
  endPod,
  untilCapacityIsTold,
  untilDone,
  untilPhase,
  volumePod,
  withClass,
} from './volume-user.ts';

/** More than half of what a node has in mode fake, which is 1 TiB. */
const half = '600Gi';

interface Place {
  readonly testEnv: TestEnvironment;
  readonly namespace: CaseNamespace;
  readonly className: string;
  /** Where the claims are sent. */
  readonly node: string;
  /** The only other node with the driver. */
  readonly other: string;
}

async function kubectl(testEnv: TestEnvironment, ...words: string[]): Promise<void> {
  const outcome = await testEnv.kubectl(...words);
  expectEqual(`exit code of kubectl ${words[0]}: ${outcome.stderr}`, outcome.code, 0);
}

/** Has a claim and its pod sent to the node, as the other may not be used until `sent` resolves. */
async function send(
  { testEnv, namespace, className, other }: Place,
  name: string,
  size: string,
  sent: () => Promise<unknown>,
): Promise<void> {
  await kubectl(testEnv, 'cordon', other);
  try {
    await namespace.apply(claim(name, className, { size }), volumePod(name, 'true', claimed(name)));
    await sent();
  } finally {
    await kubectl(testEnv, 'uncordon', other);
  }
}

/** Waits until the provisioner of the node could not make the volume of a claim; the error says why. */
async function untilRefused({ testEnv, namespace }: Place, name: string, why: RegExp): Promise<void> {
  await eventually(testEnv, `claim ${name} to be refused`, async () => {
    const { items } = await testEnv.kube.list(resources.events, { namespace: namespace.name });
    const notes = items
      .filter(({ reason, regarding }) => reason === 'ProvisioningFailed' && regarding?.name === name)
      .map(({ note = '' }) => note);
    if (notes.some((note) => why.test(note))) return true;
    throw new Error(`its events say: ${notes.join('; ')}`);
  });
}

async function expectOnOther({ testEnv, namespace, other }: Place, name: string): Promise<void> {
  await untilDone(testEnv, namespace, name);
  const { spec } = await testEnv.kube.get(resources.pods, { namespace: namespace.name, name });
  expectEqual(`node of pod ${name}`, spec?.nodeName, other);
}

/** The scheduler is told of capacity once a minute, and does not know yet what a pod took for itself. */
async function roomGoes(place: Place): Promise<void> {
  const { testEnv, namespace, node } = place;
  const csi = { driver: driverName, volumeAttributes: { size: half } };
  const nodeSelector = { 'kubernetes.io/hostname': node };
  await namespace.apply(volumePod('taker', 'sleep 3600', { name: 'data', csi }, { nodeSelector }));
  await untilPhase(testEnv, namespace, 'taker', 'Running');
  await send(place, 'large', half, () => untilRefused(place, 'large', /ResourceExhausted/));
  await expectOnOther(place, 'large');
  await endPod(namespace, 'taker');
}

/** The driver cannot write its state, so that a claim stays with the node until the driver is taken away. */
async function driverGoes(place: Place): Promise<void> {
  const { testEnv, namespace, node } = place;
  const host = testEnv.nodes.find(({ name }) => name === node)?.host;
  if (host === undefined) throw new Error(`no host of ${node}`);
  const state = host.root.path(`/var/lib/${driverName}`);
  await rename(state, `${state}.kept`);
  await writeFile(state, '');
  try {
    await send(place, 'small', '8Mi', async () => {
      await untilRefused(place, 'small', /remove what stands in its place/);
      const where = { namespace: namespace.name, name: 'small' };
      const { metadata } = await testEnv.kube.get(resources.persistentVolumeClaims, where);
      const { selectedNode } = kubernetes.annotation;
      expectEqual('node the claim was sent to', metadata?.annotations?.[selectedNode], node);
    });
    await kubectl(testEnv, 'label', 'node', node, 'storage-');
    await expectOnOther(place, 'small');
  } finally {
    await rm(state);
    await rename(`${state}.kept`, state);
    await untilDriverRuns(testEnv);
  }
}

export const otherNode: Case = {
  name: 'a claim that was sent to a node whose room has gone meanwhile, or that loses its driver, goes to another with its pod',
  // On real nodes there is one with the driver only.
  only: 'simulated',
  async run(testEnv) {
    await untilDriverRuns(testEnv);
    const [node = '', other = ''] = pmemNodesOf(testEnv);
    await CaseNamespace.use(testEnv, 'pmem-other', (namespace) =>
      withClass(testEnv, namespace, async (className) => {
        const place = { testEnv, namespace, className, node, other };
        await untilCapacityIsTold(testEnv, className);
        await roomGoes(place);
        await driverGoes(place);
      }),
    );
  },
};
