import { join } from 'node:path';
import { errorMessage, HwError, isHwError } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { type PersistentVolumeClaim, resources } from '@rackwright/kube';
import { podUid } from '../../pod-model.ts';
import { apiTime } from '../../pods/container-statuses.ts';
import { type CsiContext, secretOf } from './csi-context.ts';
import { type MountRequest, prepare } from './csi-mount.ts';
import { csiPaths } from './csi-paths.ts';
import {
  type Expansion,
  expansionDone,
  expansionFailed,
  expansionStarted,
  pendingExpansion,
} from './expansion.ts';
import { volumeCapability } from './volume-capability.ts';
import { isFinal } from './volume-error.ts';

/** A mounted volume and the claim that may ask for more. */
export interface ExpandRequest extends MountRequest {
  readonly claim: PersistentVolumeClaim;
  /** The time now, milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Grows a mounted volume if its claim asks the node to, and tells so in the claim.
 *
 * @returns whether it has grown
 * @throws what the driver answers, once it is noted in the claim
 */
export async function expandVolume(node: CsiContext, request: ExpandRequest): Promise<boolean> {
  const expansion = pendingExpansion(request.claim);
  if (expansion === undefined) return false;
  const write = (patch: object): Promise<PersistentVolumeClaim> => {
    const { namespace = '', name = '' } = request.claim.metadata ?? {};
    const options = { strategy: 'merge', subresource: 'status' } as const;
    return node.client.patch(resources.persistentVolumeClaims, { namespace, name }, patch, options);
  };
  const claim = await write(expansionStarted(request.claim));
  try {
    await callDriver(node, request, expansion);
  } catch (error) {
    if (isFinal(error)) {
      const infeasible = isHwError(error, 'InvalidArgument', 'OutOfRange', 'NotFound');
      const message = errorMessage(error);
      await write(expansionFailed(claim, { message, infeasible, time: apiTime(request.now) }));
    }
    throw error;
  }
  await write(expansionDone(claim, expansion));
  return true;
}

async function callDriver(node: CsiContext, request: ExpandRequest, { bytes }: Expansion): Promise<void> {
  const { volume, signal } = request;
  const { driver, abilities } = await prepare(node, request);
  if (!abilities.expands) {
    throw new HwError('Unsupported', `NodeExpand is not supported by the CSI driver ${volume.driver}`);
  }
  const message = {
    volumeId: volume.handle,
    ...expandedPaths(request),
    capacityRange: { requiredBytes: bytes, limitBytes: 0n },
    volumeCapability: volumeCapability(volume, abilities),
    secrets: await secretOf(node, volume.secrets.expand),
  };
  await driver.client.call(csi.NodeService.nodeExpandVolume, message, { signal });
}

function expandedPaths({ pod, volume }: MountRequest): { volumePath: string; stagingTargetPath: string } {
  const { block, name } = volume;
  return {
    volumePath: block ? join(csiPaths.blockPublish(name), podUid(pod)) : csiPaths.target(podUid(pod), name),
    stagingTargetPath: block ? csiPaths.blockStaging(name) : csiPaths.staging(volume),
  };
}
