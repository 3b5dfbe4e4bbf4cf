import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { ignoreNotFound, type KubeClient, resources } from '@rackwright/kube';
import type { ObjectSource } from '../../env/container-env.ts';
import { type Pod, podUid } from '../../pod-model.ts';
import type { CsiDrivers } from './csi-drivers.ts';
import type { CsiVolume, SecretName } from './csi-paths.ts';

/** What everything about volumes of CSI drivers shares on a node. */
export interface CsiContext {
  readonly nodeName: string;
  readonly host: HostRoot;
  readonly client: Pick<KubeClient, 'get' | 'patch'>;
  readonly objects: Pick<ObjectSource, 'secret'>;
  readonly drivers: CsiDrivers;
}

/**
 * Refuses what the CSIDriver object does not allow; returns whether the driver wants to know the pod.
 *
 * @throws HwError FailedPrecondition
 */
export async function checkDriver(
  { client }: CsiContext,
  { driver: name, lifecycle }: CsiVolume,
): Promise<{ readonly podInfo: boolean }> {
  const object = await ignoreNotFound(client.get(resources.csiDrivers, { name }));
  const modes = object?.spec?.volumeLifecycleModes ?? ['Persistent'];
  if (!modes.includes(lifecycle)) {
    const why = object === undefined ? 'no CSIDriver object' : `only supports ["${modes.join('" "')}"]`;
    throw new HwError(
      'FailedPrecondition',
      `volume mode "${lifecycle}" not supported by driver ${name} (${why})`,
    );
  }
  if (lifecycle === 'Persistent' && object?.spec?.attachRequired !== false) {
    throw new HwError(
      'Unsupported',
      `the kubelet double does not attach volumes, as driver ${name} asks for`,
    );
  }
  return { podInfo: object?.spec?.podInfoOnMount === true };
}

/** What a driver is told of the pod that mounts a volume. */
export function podInfo(pod: Pod, { lifecycle }: CsiVolume): Record<string, string> {
  const prefix = 'csi.storage.k8s.io';
  return {
    [`${prefix}/pod.name`]: pod.metadata?.name ?? '',
    [`${prefix}/pod.namespace`]: pod.metadata?.namespace ?? '',
    [`${prefix}/pod.uid`]: podUid(pod),
    [`${prefix}/serviceAccount.name`]: pod.spec.serviceAccountName ?? '',
    [`${prefix}/ephemeral`]: String(lifecycle === 'Ephemeral'),
  };
}

/**
 * The content of a Secret that a volume names.
 *
 * @throws HwError NotFound
 */
export async function secretOf(
  { objects }: CsiContext,
  ref: SecretName | undefined,
): Promise<Record<string, string>> {
  if (ref === undefined) return {};
  const secret = await objects.secret(ref.namespace, ref.name);
  if (secret === undefined) {
    throw new HwError('NotFound', `failed to find the secret ${ref.name} in the namespace ${ref.namespace}`);
  }
  const entries = Object.entries(secret.data ?? {});
  return Object.fromEntries(
    entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
