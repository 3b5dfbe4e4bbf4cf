import type { Container, KubeObject, PodSpec, Volume } from '@rackwright/kube';
import { resources } from '@rackwright/kube';
import type { CaseNamespace } from '../../case-namespace.ts';
import { pod } from '../../case-namespace.ts';
import { eventually } from '../../observe.ts';
import type { TestEnvironment } from '../../test-environment.ts';
import { driverName, pmemNodesOf } from './deployment.ts';

export interface ClassOptions {
  /** Default the driver of the suite. */
  readonly provisioner?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A class of the driver that waits for the pod. */
export function storageClass(
  name: string,
  { provisioner = driverName, parameters = {} }: ClassOptions = {},
): KubeObject {
  const object = {
    provisioner,
    parameters,
    allowVolumeExpansion: true,
    volumeBindingMode: 'WaitForFirstConsumer',
  };
  return { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, ...object };
}

export function claim(
  name: string,
  storageClassName: string,
  more: { readonly size?: string; readonly volumeMode?: string; readonly accessMode?: string } = {},
): KubeObject {
  const { size = '8Mi', volumeMode = 'Filesystem', accessMode = 'ReadWriteOnce' } = more;
  const requests = { storage: size };
  const spec = { accessModes: [accessMode], storageClassName, volumeMode, resources: { requests } };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, ...{ spec } };
}

export function claimed(claimName: string): Volume {
  return { name: 'data', persistentVolumeClaim: { claimName } };
}

/** A pod with one volume at /data, or as /dev/pmem, that runs a script in the root of its container. */
export function volumePod(
  name: string,
  script: string,
  volume: Volume,
  more: Partial<PodSpec> = {},
): KubeObject {
  const isBlock = name.startsWith('raw');
  const container: Container = {
    name: 'app',
    image: 'rackwright/workload:latest',
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/sh', '-c', `cd "\${RACKWRIGHT_SANDBOX_ROOT:-/}" && ${script}`],
    ...(isBlock
      ? { volumeDevices: [{ name: 'data', devicePath: '/dev/pmem' }] }
      : { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
  };
  return pod(name, { containers: [container], volumes: [volume], restartPolicy: 'Never', ...more });
}

/** Waits until a pod has ended well, and returns its log. */
export async function untilDone(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  name: string,
): Promise<string> {
  await untilPhase(testEnv, namespace, name, 'Succeeded');
  return (await namespace.kubectl('logs', name)).stdout;
}

export async function untilPhase(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  name: string,
  phase: string,
): Promise<void> {
  await eventually(testEnv, `pod ${name} to be ${phase}`, async () => {
    const found = await testEnv.kube.get(resources.pods, { namespace: namespace.name, name });
    if (found.status?.phase === phase) return true;
    const { items } = await testEnv.kube.list(resources.events, { namespace: namespace.name });
    const notes = items.filter(({ type }) => type === 'Warning').map(({ note }) => note);
    throw new Error(`it is ${found.status?.phase}: ${notes.join('; ')}`);
  });
}

/** Deletes a pod and waits until it has gone. */
export async function endPod(namespace: CaseNamespace, name: string): Promise<void> {
  await namespace.kubectl('delete', 'pod', name, '--wait', '--timeout=60s');
}

/** Volumes of a class. */
export async function volumesOf(testEnv: TestEnvironment, className: string) {
  const { items } = await testEnv.kube.list(resources.persistentVolumes);
  return items.filter(({ spec }) => spec?.storageClassName === className);
}

/** Waits until the scheduler is told of the capacity of every node for volumes of a class. */
export async function untilCapacityIsTold(testEnv: TestEnvironment, className: string): Promise<void> {
  await eventually(testEnv, 'the capacity of every node', async () => {
    const { items } = await testEnv.kube.list(resources.csiStorageCapacities);
    const told = items.filter(({ storageClassName }) => storageClassName === className);
    return told.length === pmemNodesOf(testEnv).length;
  });
}

/** Gives a case a class of its own, and sees at the end that no volume of it is left. */
export async function withClass(
  testEnv: TestEnvironment,
  namespace: CaseNamespace,
  use: (className: string) => Promise<void>,
  options?: ClassOptions,
): Promise<void> {
  const className = `pmem-${namespace.name}`;
  await namespace.apply(storageClass(className, options));
  try {
    await use(className);
    await namespace.kubectl('delete', 'pods', '--all', '--wait', '--timeout=60s');
    await namespace.kubectl('delete', 'persistentvolumeclaims', '--all', '--wait', '--timeout=60s');
    await eventually(testEnv, 'the volumes to be gone', async () => {
      return (await volumesOf(testEnv, className)).length === 0;
    });
  } finally {
    await testEnv.kubectl('delete', 'storageclass', className);
  }
}
