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

/** Why a claim cannot be used yet, in the kubelet's words: people search for them. */
export class ClaimError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClaimError';
  }
}

/**
 * The claim behind a volume of a pod, named or made for it alone, with what is bound to it.
 *
 * @throws ClaimError when the claim has no volume or is another pod's, or when the API server does not let the node
 *   read it, as for a moment after the pod was bound: its node authorizer follows pods as everybody else does
 */
export async function boundClaim(client: ClaimReader, pod: Pod, source: Volume): Promise<BoundClaim> {
  const namespace = pod.metadata?.namespace ?? '';
  const name = source.persistentVolumeClaim?.claimName ?? `${pod.metadata?.name}-${source.name}`;
  const fail = (why: string, cause?: unknown): never => {
    throw new ClaimError(`error processing PVC ${namespace}/${name}: ${why}`, { cause });
  };
  const unread = (what: string) => (error: unknown) => fail(`failed to fetch ${what} from API server`, error);
  const claim = await client.get(resources.persistentVolumeClaims, { namespace, name }).catch(unread('PVC'));
  if (source.ephemeral !== undefined) checkOwner(pod, claim);
  const volumeName = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || volumeName === undefined) return fail('PVC is not bound');
  const volume = await client
    .get(resources.persistentVolumes, { name: volumeName })
    .catch(unread(`PV ${volumeName}`));
  const { uid } = claim.metadata ?? {};
  const owner = volume.spec?.claimRef?.uid;
  if (owner === uid) return { claim, volume };
  return fail(
    `found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${owner} does not point to claim.UID ${uid}`,
  );
}

/** A claim of the same name may be somebody else's. */
function checkOwner(pod: Pod, { metadata }: PersistentVolumeClaim): void {
  if (metadata?.ownerReferences?.some(({ uid, controller }) => controller && uid === podUid(pod))) return;
  throw new ClaimError(
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
