import { HwError } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { type KubeClient, type PersistentVolume, resources } from '@rackwright/kube';
import { hostPathSource } from './host-path.ts';

/** The parts of a client that reading claims needs. */
export type ClaimReader = Pick<KubeClient, 'get'>;

/**
 * Where the volume bound to a claim lies on the node.
 *
 * @throws HwError FailedPrecondition when the claim has none or its folder is missing, Unsupported for kinds not known here
 */
export async function claimSource(
  client: ClaimReader,
  host: HostRoot,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const claim = await client.get(resources.persistentVolumeClaims, { namespace, name });
  const volumeName = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || volumeName === undefined) {
    throw new HwError('FailedPrecondition', `PersistentVolumeClaim is not bound: "${namespace}/${name}"`);
  }
  const volume = await client.get(resources.persistentVolumes, { name: volumeName });
  if (volume.spec?.claimRef?.uid !== claim.metadata?.uid) {
    throw new HwError('FailedPrecondition', `PersistentVolume ${volumeName} is bound to another claim`);
  }
  return volumeSource(host, volume);
}

async function volumeSource(host: HostRoot, { metadata, spec }: PersistentVolume): Promise<string> {
  if (spec?.hostPath) return hostPathSource(host, spec.hostPath);
  if (spec?.local) return hostPathSource(host, { path: spec.local.path, type: 'Directory' });
  throw new HwError('Unsupported', `the kubelet double does not mount volumes like ${metadata?.name}`);
}
