import { pmemCsiDeployments } from '@rackwright/api';
import { type Pod, resources } from '@rackwright/kube';
import { expectEqual } from '../../expect.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

/** The driver of the suite, by upstream's name. */
export const driverName = 'pmem-csi.intel.com';
const pmemNodes = {
  simulated: ['node-c2', 'node-plain'],
  // One without simulated disks: where /sys shows any, losetup looks there for loop devices, too, and finds none.
  node: ['node-c1'],
} as const;

/** The nodes that are to have it. */
export function pmemNodesOf({ kind }: TestEnvironment): readonly string[] {
  return pmemNodes[kind];
}

const objectPrefix = driverName.replaceAll('.', '-');

/** Accounts of the driver's pods: on nodes that of the sidecars, and that of the controller. */
export const driverAccounts = [`${objectPrefix}-controller`, `${objectPrefix}-webhooks`] as const;

/** What is applied for a driver of a name. */
export function deployment(name: string, spec: Readonly<Record<string, unknown>>) {
  return {
    apiVersion: 'pmem-csi.intel.com/v1beta1',
    kind: 'PmemCSIDeployment',
    metadata: { name },
    spec,
  };
}

/** Applies a deployment as a user with kubectl would. */
export async function applyDeployment(
  testEnv: TestEnvironment,
  manifest: ReturnType<typeof deployment>,
): Promise<void> {
  const outcome = await testEnv.kubectlWithInput(JSON.stringify(manifest), 'apply', '--filename', '-');
  expectEqual(`exit code of kubectl apply: ${outcome.stderr}`, outcome.code, 0);
}

/** Applies a deployment and waits until it is Running. */
export async function untilRunning(
  testEnv: TestEnvironment,
  manifest: ReturnType<typeof deployment>,
): Promise<void> {
  const { name } = manifest.metadata;
  await applyDeployment(testEnv, manifest);
  await eventually(testEnv, `the deployment ${name} to be Running`, async () => {
    const { status } = await testEnv.kube.get(pmemCsiDeployments, { name });
    if (status?.phase === 'Running') return true;
    throw new Error(`it is ${status?.phase}: ${status?.reason} ${JSON.stringify(status?.driverComponents)}`);
  });
}

/** Volumes are folders, which every machine has, or where containers have root's rights real disks made of files. */
const deviceModes = { simulated: 'fake', node: 'loop' } as const;

/** Rolls the driver out, if it is not there yet, and waits until it runs on both nodes. */
export async function untilDriverRuns(testEnv: TestEnvironment): Promise<void> {
  for (const node of pmemNodesOf(testEnv))
    await testEnv.kubectl('label', 'node', node, 'storage=pmem', '--overwrite');
  const spec = { deviceMode: deviceModes[testEnv.kind], nodeSelector: { storage: 'pmem' } };
  await untilRunning(testEnv, deployment(driverName, spec));
  await eventually(testEnv, 'the driver on every node', async () => {
    const nodes = await Promise.all(pmemNodesOf(testEnv).map((node) => topologyKeys(testEnv, node)));
    return nodes.every((keys) => keys?.includes(`${driverName}/node`));
  });
}

/** Topology keys of the driver on a node; undefined where it is not registered. */
export async function topologyKeys(
  testEnv: TestEnvironment,
  node: string,
  driverOf = driverName,
): Promise<readonly string[] | undefined> {
  const { spec } = await testEnv.kube.get(resources.csiNodes, { name: node });
  const driver = spec.drivers?.find(({ name }) => name === driverOf);
  return driver && (driver.topologyKeys ?? []);
}

/** The driver's pod on a node, that is not ending. @throws while there is none */
export async function driverPod(testEnv: TestEnvironment, node: string, driver = driverName): Promise<Pod> {
  const labelSelector = `app.kubernetes.io/instance=${driver},app.kubernetes.io/component=node`;
  const { items } = await testEnv.kube.list(resources.pods, { namespace: testEnv.namespace, labelSelector });
  const found = items.find(
    ({ spec, metadata }) => spec?.nodeName === node && metadata?.deletionTimestamp === undefined,
  );
  if (found === undefined) throw new Error(`${driver} has no pod on ${node}`);
  return found;
}
