import { HwError } from '@rackwright/core';
import type { csi } from '@rackwright/csi';
import type { PublishSource } from '../node/volume-access.ts';
import { type Access, accessOf, defaultFileSystem, requireRoomFor } from '../volumes/capabilities.ts';
import type { Volume } from '../volumes/model.ts';
import { isTrue, parseParameters } from '../volumes/parameters.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { requirePath, requireText } from './checks.ts';
import type { NodeParts } from './node.ts';

const ephemeralKey = 'csi.storage.k8s.io/ephemeral';
const provisionerKey = 'storage.kubernetes.io/csiProvisionerIdentity';

/** Gives a volume to a pod; an inline one is made first. */
export async function publishVolume(
  request: csi.NodePublishVolumeRequest,
  { volumes, access }: NodeParts,
): Promise<csi.NodePublishVolumeResponse> {
  const asked = accessOf(request.volumeCapability, 'volume_capability');
  const id = requireText('volume_id', request.volumeId);
  const target = requirePath('target_path', request.targetPath);
  const inline = isInline(request, volumes);
  const source = inline ? inlineSource(asked) : persistentSource(request, asked);
  // An inline volume has an id that the kubelet made, which is its name here.
  const key = inline ? (await makeInline(request, asked, volumes)).id : id;
  if (!inline) parseParameters('context', request.volumeContext);
  return volumes.exclusively(key, async () => {
    const volume = volumes.require(key);
    if (asked.kind === 'block' && volume.parameters.kataContainers)
      throw new HwError('InvalidArgument', 'a raw block volume cannot be for kataContainers', {
        field: 'volume_capability',
      });
    const readOnly = request.readonly || asked.readOnly;
    await access(volume).publish({ volume, target, readOnly, single: asked.single, how: source });
    return {};
  });
}

/** Older kubelets do not say it: an unknown volume that nobody provisioned or staged is one. */
function isInline(
  { volumeId, volumeContext, stagingTargetPath }: csi.NodePublishVolumeRequest,
  volumes: Volumes,
): boolean {
  const said = volumeContext[ephemeralKey];
  if (said !== undefined) return isTrue(said);
  return (
    volumes.get(volumeId) === undefined &&
    volumeContext[provisionerKey] === undefined &&
    volumeContext.size !== undefined &&
    stagingTargetPath === ''
  );
}

function inlineSource(asked: Access): PublishSource {
  if (asked.kind === 'block')
    throw new HwError('InvalidArgument', 'an inline volume cannot be a raw block device', {
      field: 'volume_capability',
    });
  const { fileSystem = defaultFileSystem, flags } = asked;
  return { kind: 'ephemeral', fileSystem, flags };
}

function persistentSource({ stagingTargetPath }: csi.NodePublishVolumeRequest, asked: Access): PublishSource {
  if (asked.kind === 'block') return { kind: 'block' };
  if (stagingTargetPath === '')
    throw new HwError(
      'FailedPrecondition',
      'staging_target_path is missing: the volume must be staged first',
      {
        field: 'staging_target_path',
      },
    );
  const { fileSystem, flags } = asked;
  const path = requirePath('staging_target_path', stagingTargetPath);
  return { kind: 'staged', path, flags, ...(fileSystem && { fileSystem }) };
}

function makeInline(
  { volumeId, volumeContext }: csi.NodePublishVolumeRequest,
  asked: Access,
  volumes: Volumes,
): Promise<Volume> {
  const { size, ...parameters } = parseParameters('inline', volumeContext);
  if (size === undefined || size === 0n)
    throw new HwError('InvalidArgument', 'parameter size is missing: an inline volume must have one', {
      field: 'size',
    });
  return volumes.create({
    name: volumeId,
    range: { requiredBytes: size, limitBytes: 0n },
    parameters: { ...parameters, persistency: 'ephemeral' },
    checkSize: (bytes) =>
      requireRoomFor([{ ...asked, fileSystem: asked.fileSystem ?? defaultFileSystem }], bytes, parameters),
  });
}

/** Takes a volume from a pod; one that was made for it is deleted. */
export async function unpublishVolume(
  request: csi.NodeUnpublishVolumeRequest,
  { volumes, access, mode, conditions }: NodeParts,
): Promise<csi.NodeUnpublishVolumeResponse> {
  const id = requireText('volume_id', request.volumeId);
  const target = requirePath('target_path', request.targetPath);
  const known = volumes.get(id) ?? volumes.named(id);
  const key = known?.id ?? id;
  await volumes.exclusively(key, () => access(known ?? { deviceMode: mode }).unpublish(key, target));
  conditions.forget(key);
  if (known?.parameters.persistency === 'ephemeral') await volumes.delete(key);
  return {};
}
