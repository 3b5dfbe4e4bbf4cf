import { cxiDrivers } from '@rackwright/api';
import { kubernetes } from '@rackwright/keys';
import {
  type KubeClient,
  type KubeObject,
  type PodSpec,
  type ResourceType,
  resources,
} from '@rackwright/kube';
import { expectEqual, expectThat } from '../../expect.ts';
import { devicesOf, eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';

const release = 'rackwright';
/** Outside of the installation, whose namespace may be gone. */
const outside = 'default';

/** Installs the umbrella chart as the environment does, if it is not there, and waits until it is Ready. */
export async function installed(testEnv: TestEnvironment, ...set: string[]): Promise<void> {
  const { namespace } = testEnv;
  await testEnv.kubectl('create', 'namespace', namespace);
  await testEnv.kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=privileged');
  await upgrade(testEnv, ...set);
  if (!set.includes('cxi.driver.create=false')) await ready(testEnv, testEnv.driver);
}

export async function upgrade(testEnv: TestEnvironment, ...set: string[]): Promise<void> {
  const values = [`cxi.driver.name=${testEnv.driver}`, ...testEnv.values, ...set].flatMap((value) => [
    '--set',
    value,
  ]);
  const words = [
    release,
    testEnv.chart,
    '--namespace',
    testEnv.namespace,
    '--install',
    '--wait',
    '--timeout=2m',
  ];
  const outcome = await testEnv.helm('upgrade', ...words, ...values);
  expectEqual(`helm upgrade: ${outcome.stdout}${outcome.stderr}`, outcome.code, 0);
}

export async function ready(testEnv: TestEnvironment, driver: string): Promise<void> {
  const wait = ['wait', '--for=condition=Ready', `cxidriver/${driver}`, '--timeout=120s'];
  const outcome = await testEnv.kubectl(...wait);
  expectEqual(`kubectl wait: ${outcome.stderr}`, outcome.code, 0);
}

export function uninstall(testEnv: TestEnvironment) {
  const words = [release, '--namespace', testEnv.namespace, '--ignore-not-found', '--wait', '--timeout=3m'];
  return testEnv.helm('uninstall', ...words);
}

/** Deletes everything of the release at once, as a GitOps tool without an order does. */
export async function deleteAllAtOnce(testEnv: TestEnvironment): Promise<void> {
  const manifest = await testEnv.helm('get', 'manifest', release, '--namespace', testEnv.namespace);
  expectEqual(`helm get manifest: ${manifest.stderr}`, manifest.code, 0);
  const outcome = await testEnv.kubectlWithInput(manifest.stdout, 'delete', '--wait=false', '-f', '-');
  expectEqual(`kubectl delete: ${outcome.stderr}`, outcome.code, 0);
  await eventually(testEnv, 'the operator to end', async () => {
    const labelSelector = `${kubernetes.label.name}=operator-manager`;
    return (
      (await testEnv.kube.list(resources.pods, { namespace: testEnv.namespace, labelSelector })).items
        .length === 0
    );
  });
}

/** Nothing of ours is left in the cluster but what may stay; the log of `operator-manager leftovers` says the same. */
export async function expectNothingLeft(testEnv: TestEnvironment, image: string): Promise<void> {
  await eventually(testEnv, 'nothing to be left', async () => {
    const { items: drivers } = await testEnv.kube.list(cxiDrivers);
    const names = [...drivers, ...(await devicesOf(testEnv))].map(({ metadata }) => metadata?.name);
    const { items: nodes } = await testEnv.kube.list(resources.nodes);
    const labels = nodes.flatMap(({ metadata }) => Object.keys(metadata?.labels ?? {}));
    expectEqual('left', [...names, ...labels.filter((key) => key.startsWith('slingshot.hpe.com/'))], []);
    return true;
  });
  await eventually(testEnv, 'operator-manager leftovers to name nothing', async () => {
    const { code, text } = await operatorCommand(testEnv, image, 'leftovers');
    expectThat('nothing but what may stay is named', code === 0 && text.includes('kept on purpose'), text);
    return true;
  });
}

/** Image of the operator of the release. */
export async function operatorImage(testEnv: TestEnvironment): Promise<string> {
  const labelSelector = `${kubernetes.label.name}=operator-manager`;
  const { items } = await testEnv.kube.list(resources.deployments, {
    namespace: testEnv.namespace,
    labelSelector,
  });
  return items[0]?.spec?.template.spec?.containers[0]?.image ?? '';
}

/** Runs a command of the operator in a pod with the rights of an administrator, and returns what it printed. */
export async function operatorCommand(
  testEnv: TestEnvironment,
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
  await applied(testEnv.kube, resources.serviceAccounts, { metadata: { name, namespace: outside } });
  const binding = { metadata: { name }, roleRef, subjects: [subject] };
  await applied(testEnv.kube, resources.clusterRoleBindings, binding);
  const containers = [{ name: 'command', image, args }];
  const spec: PodSpec = { serviceAccountName: name, restartPolicy: 'Never', containers };
  const pod = { name: `command-${crypto.randomUUID().slice(0, 8)}`, namespace: outside };
  await testEnv.kube.create(resources.pods, { metadata: pod, spec });
  const code = await eventually(testEnv, `${args[0]} to end`, async () => {
    const { status } = await testEnv.kube.get(resources.pods, pod);
    const exitCode = status?.containerStatuses?.[0]?.state?.terminated?.exitCode;
    return exitCode === undefined ? undefined : { exitCode };
  });
  const { stdout } = await testEnv.kubectl('logs', pod.name, '--namespace', outside);
  await testEnv.kube.delete(resources.pods, pod);
  return { code: code.exitCode, text: stdout };
}

function applied<T extends KubeObject>(kube: KubeClient, type: ResourceType<T>, object: T): Promise<T> {
  return kube.apply(type, object, { fieldManager: 'e2e' });
}
