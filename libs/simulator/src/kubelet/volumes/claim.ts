import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import {
  type KubeClient,
  type PersistentVolume,
  type PersistentVolumeClaim,
  resources,
} from '@rackwright/kube';
import { type Pod, podUid, type Volume } from '../pod-model.ts';
import { hostPathSource } from './host-path.ts';

/** The parts of a client that reading claims needs. */
export type ClaimReader = Pick<KubeClient, 'get'>;

/** A claim and the volume that is bound to it. */
export interface BoundClaim {
  readonly claim: PersistentVolumeClaim;
  readonly volume: PersistentVolume;
}

/**
 * The claim behind a volume of a pod, named or made for it alone, with what is bound to it.
 *
 * @throws HwError FailedPrecondition when the claim has no volume or is another pod's
 */
export async function boundClaim(client: ClaimReader, pod: Pod, source: Volume): Promise<BoundClaim> {
  const namespace = pod.metadata?.namespace ?? '';
  const name = source.persistentVolumeClaim?.claimName ?? `${pod.metadata?.name}-${source.name}`;
  const claim = await client.get(resources.persistentVolumeClaims, { namespace, name });
  if (source.ephemeral !== undefined) checkOwner(pod, claim);
  const volumeName = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || volumeName === undefined) {
    throw new HwError('FailedPrecondition', `PersistentVolumeClaim is not bound: "${namespace}/${name}"`);
  }
  const volume = await client.get(resources.persistentVolumes, { name: volumeName });
  if (volume.spec?.claimRef?.uid !== claim.metadata?.uid) {
    throw new HwError('FailedPrecondition', `PersistentVolume ${volumeName} is bound to another claim`);
  }
  return { claim, volume };
}

/** A claim of the same name may be somebody else's. */
function checkOwner(pod: Pod, { metadata }: PersistentVolumeClaim): void {
  if (metadata?.ownerReferences?.some(({ uid, controller }) => controller && uid === podUid(pod))) return;
  throw new HwError(
    'FailedPrecondition',
    `PVC ${metadata?.namespace}/${metadata?.name} was not created for pod ${pod.metadata?.namespace}/${pod.metadata?.name} (pod is not owner)`,
  );
}

/**
 * Where a volume that is a folder of the node lies.
 *
 * @throws HwError FailedPrecondition when the folder is missing, Unsupported for kinds not known here
 */
export async function folderSource(host: HostRoot, { metadata, spec }: PersistentVolume): Promise<string> {
  if (spec?.hostPath) return hostPathSource(host, spec.hostPath);
  if (spec?.local) return hostPathSource(host, { path: spec.local.path, type: 'Directory' });
  throw new HwError('Unsupported', `the kubelet double does not mount volumes like ${metadata?.name}`);
}
