import { cxiDrivers } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import {
  type KubeClient,
  type KubeObject,
  type PodSpec,
  type ResourceType,
  resources,
} from '@rackwright/kube';
import type { Bed } from '../../bed.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import { devicesOf, eventually } from '../../observe.ts';

const release = 'rackwright';
/** Outside of the installation, whose namespace may be gone. */
const outside = 'default';

/** Installs the umbrella chart as the bed does, if it is not there, and waits until it is Ready. */
export async function installed(bed: Bed, ...set: string[]): Promise<void> {
  const { namespace } = bed;
  await bed.kubectl('create', 'namespace', namespace);
  await bed.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=privileged');
  await upgrade(bed, ...set);
  if (!set.includes('cxi.driver.create=false')) await ready(bed, bed.driver);
}

export async function upgrade(bed: Bed, ...set: string[]): Promise<void> {
  const values = [`cxi.driver.name=${bed.driver}`, ...bed.values, ...set].flatMap((value) => [
    '--set',
    value,
  ]);
  const words = [release, bed.chart, '--namespace', bed.namespace, '--install', '--wait', '--timeout=2m'];
  const outcome = await bed.helm('upgrade', ...words, ...values);
  expectEqual(`helm upgrade: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
}

export async function ready(bed: Bed, driver: string): Promise<void> {
  const wait = ['wait', '--for=condition=Ready', `cxidriver/${driver}`, '--timeout=120s'];
  const outcome = await bed.kubectl(...wait);
  expectEqual(`kubectl wait: ${outcome.stderr}`, outcome.code, 0);
}

export function uninstall(bed: Bed) {
  return bed.helm('uninstall', release, '--namespace', bed.namespace, '--wait', '--timeout=3m');
}

/** Deletes everything of the release at once, as a GitOps tool without an order does. */
export async function deleteAllAtOnce(bed: Bed): Promise<void> {
  const manifest = await bed.helm('get', 'manifest', release, '--namespace', bed.namespace);
  expectEqual(`helm get manifest: ${manifest.stderr}`, manifest.code, 0);
  const outcome = await bed.kubectlWithInput(manifest.stdout, 'delete', '--wait=false', '-f', '-');
  expectEqual(`kubectl delete: ${outcome.stderr}`, outcome.code, 0);
  await eventually(bed, 'the operator to end', async () => {
    const labelSelector = `${kubernetes.label.name}=operator-manager`;
    return (
      (await bed.kube.list(resources.pods, { namespace: bed.namespace, labelSelector })).items.length === 0
    );
  });
}

/** Nothing of ours is left in the cluster but what may stay; the log of `operator-manager leftovers` says the same. */
export async function expectNothingLeft(bed: Bed, image: string): Promise<void> {
  await eventually(bed, 'nothing to be left', async () => {
    const { items: drivers } = await bed.kube.list(cxiDrivers);
    const names = [...drivers, ...(await devicesOf(bed))].map(({ metadata }) => metadata?.name);
    const { items: nodes } = await bed.kube.list(resources.nodes);
    const labels = nodes.flatMap(({ metadata }) => Object.keys(metadata?.labels ?? {}));
    expectEqual('left', [...names, ...labels.filter((key) => key.startsWith('slingshot.hpe.com/'))], []);
    return true;
  });
  await eventually(bed, 'operator-manager leftovers to name nothing', async () => {
    const { code, text } = await operatorCommand(bed, image, 'leftovers');
    expectThat('nothing but what may stay is named', code === 0 && text.includes('kept on purpose'), text);
    return true;
  });
}

/** Image of the operator of the release. */
export async function operatorImage(bed: Bed): Promise<string> {
  const labelSelector = `${kubernetes.label.name}=operator-manager`;
  const { items } = await bed.kube.list(resources.deployments, { namespace: bed.namespace, labelSelector });
  return items[0]?.spec?.template.spec?.containers[0]?.image ?? '';
}

/** Runs a command of the operator in a pod with the rights of an administrator, and returns what it printed. */
export async function operatorCommand(
  bed: Bed,
  image: string,
  ...args: string[]
): Promise<{ code: number; text: string }> {
  const name = 'rackwright-admin';
  const subject = { kind: 'ServiceAccount' as const, name, namespace: outside };
  const roleRef = {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole' as const,
    name: 'cluster-admin',
  };
  await applied(bed.kube, resources.serviceAccounts, { metadata: { name, namespace: outside } });
  const binding = { metadata: { name }, roleRef, subjects: [subject] };
  await applied(bed.kube, resources.clusterRoleBindings, binding);
  const containers = [{ name: 'command', image, args }];
  const spec: PodSpec = { serviceAccountName: name, restartPolicy: 'Never', containers };
  const pod = { name: `command-${crypto.randomUUID().slice(0, 8)}`, namespace: outside };
  await bed.kube.create(resources.pods, { metadata: pod, spec });
  const code = await eventually(bed, `${args[0]} to end`, async () => {
    const { status } = await bed.kube.get(resources.pods, pod);
    const exitCode = status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
    return exitCode === undefined ? undefined : { exitCode };
  });
  const { stdout } = await bed.kubectl('logs', pod.name, '--namespace', outside);
  await bed.kube.delete(resources.pods, pod);
  return { code: code.exitCode, text: stdout };
}

function applied<T extends KubeObject>(kube: KubeClient, type: ResourceType<T>, object: T): Promise<T> {
  return kube.apply(type, object, { fieldManager: 'e2e' });
}
