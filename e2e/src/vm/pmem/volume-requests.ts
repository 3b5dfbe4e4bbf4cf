import { createHash } from 'node:crypto';
import { csi } from '@rackwright/csi';
import { podsFolder, stagingFolder } from './guest-host.ts';

/** A volume as a claim and its class ask for it. */
export interface VolumeWish {
  readonly name: string;
  readonly mebibytes: bigint;
  readonly fileSystem: 'ext4' | 'xfs';
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A volume as the kubelet knows it. */
export interface KnownVolume {
  readonly wish: VolumeWish;
  readonly id: string;
  /** In its PersistentVolume. */
  readonly context: Readonly<Record<string, string>>;
}

/** The id of a volume of this name, the same since the first driver. */
export function idOf(name: string): string {
  return `${name.slice(0, 6)}-${createHash('sha224').update(name).digest('hex')}`;
}

/** Where the kubelet has a volume staged, and published for its pod. */
export function placesOf({ name }: VolumeWish) {
  return { staging: `${stagingFolder}/${name}`, target: `${podsFolder}/${name}` };
}

export function createRequest(wish: VolumeWish): csi.CreateVolumeRequest {
  const { name, mebibytes, fileSystem, parameters = {} } = wish;
  return {
    ...{ name, parameters: { ...parameters }, mutableParameters: {}, secrets: {} },
    capacityRange: { requiredBytes: mebibytes * 2n ** 20n, limitBytes: 0n },
    volumeCapabilities: [mounted(fileSystem)],
    ...{ volumeContentSource: undefined, accessibilityRequirements: undefined },
  };
}

export function stageRequest({ wish, id, context }: KnownVolume): csi.NodeStageVolumeRequest {
  return {
    ...{ volumeId: id, volumeContext: { ...context }, stagingTargetPath: placesOf(wish).staging },
    ...{ volumeCapability: mounted(wish.fileSystem), publishContext: {}, secrets: {} },
  };
}

export function publishRequest(volume: KnownVolume): csi.NodePublishVolumeRequest {
  return { ...stageRequest(volume), targetPath: placesOf(volume.wish).target, readonly: false };
}

export function mounted(fsType: string): csi.VolumeCapability {
  return {
    accessType: { $case: 'mount', mount: { fsType, mountFlags: [], volumeMountGroup: '' } },
    accessMode: { mode: csi.VolumeCapability_AccessMode_Mode.SINGLE_NODE_WRITER },
  };
}
