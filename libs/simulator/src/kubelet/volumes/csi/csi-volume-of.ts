import type { PersistentVolume } from '@rackwright/kube';
import { type Pod, podUid, type Volume } from '../../pod-model.ts';
import { type CsiVolume, inlineHandle, type SecretName } from './csi-paths.ts';

/** The driver's part of a persistent volume; undefined when it is of another kind. */
export function persistentVolumeOf(
  { metadata, spec }: PersistentVolume,
  readOnly = false,
): CsiVolume | undefined {
  const source = spec?.csi;
  if (source === undefined) return undefined;
  return {
    name: metadata?.name ?? '',
    driver: source.driver,
    handle: source.volumeHandle,
    lifecycle: 'Persistent',
    block: spec?.volumeMode === 'Block',
    readOnly: readOnly || source.readOnly === true,
    fsType: source.fsType ?? '',
    attributes: source.volumeAttributes ?? {},
    mountOptions: spec?.mountOptions ?? [],
    accessMode: spec?.accessModes?.[0] ?? 'ReadWriteOnce',
    secrets: {
      ...secret('stage', source.nodeStageSecretRef),
      ...secret('publish', source.nodePublishSecretRef),
      ...secret('expand', source.nodeExpandSecretRef),
    },
  };
}

/** A volume that a pod itself describes, and that lives as long as the pod. */
export function inlineVolumeOf(pod: Pod, name: string, source: NonNullable<Volume['csi']>): CsiVolume {
  const namespace = pod.metadata?.namespace ?? '';
  const ref = source.nodePublishSecretRef;
  return {
    name,
    driver: source.driver,
    handle: inlineHandle(podUid(pod), name),
    lifecycle: 'Ephemeral',
    block: false,
    readOnly: source.readOnly === true,
    fsType: source.fsType ?? '',
    attributes: source.volumeAttributes ?? {},
    mountOptions: [],
    accessMode: 'ReadWriteOnce',
    secrets: secret('publish', ref && { namespace, ...(ref.name !== undefined && { name: ref.name }) }),
  };
}

function secret<K extends string>(
  use: K,
  ref: { readonly namespace?: string; readonly name?: string } | undefined,
): { [P in K]?: SecretName } {
  if (ref === undefined) return {};
  return { [use]: { namespace: ref.namespace ?? '', name: ref.name ?? '' } } as { [P in K]?: SecretName };
}
