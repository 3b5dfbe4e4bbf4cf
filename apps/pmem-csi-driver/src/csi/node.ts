import { type ErrorCode, errorMessage, HwError, isHwError } from '@rackwright/core';
import { csi, type NodeMethods } from '@rackwright/csi';
import { ToolError } from '@rackwright/storage';
import type { AccessOf } from '../devices/open-devices.ts';
import type { VolumeUsage } from '../node/volume-access.ts';
import { accessOf, defaultFileSystem } from '../volumes/capabilities.ts';
import type { VolumeConditions } from '../volumes/conditions.ts';
import type { DeviceMode, Volume } from '../volumes/model.ts';
import { parseParameters } from '../volumes/parameters.ts';
import type { NodeTopology } from '../volumes/topology.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { rangeOf, requirePath, requireSomePath, requireText } from './checks.ts';
import { publishVolume, unpublishVolume } from './publish.ts';

export interface NodeParts {
  readonly node: string;
  readonly volumes: Volumes;
  readonly topology: NodeTopology;
  readonly access: AccessOf;
  /** Whether volumes can be made larger. */
  readonly grows: boolean;
  /** What serves a volume nobody knows any more. */
  readonly mode: DeviceMode;
  /** Told how volumes are. */
  readonly conditions: VolumeConditions;
}

const rpc = csi.NodeServiceCapability_RPC_Type;
const capabilities = [
  rpc.STAGE_UNSTAGE_VOLUME,
  rpc.GET_VOLUME_STATS,
  rpc.EXPAND_VOLUME,
  rpc.VOLUME_CONDITION,
  rpc.SINGLE_NODE_MULTI_WRITER,
];

/** The part of CSI the kubelet calls. */
export function node(parts: NodeParts): NodeMethods {
  return {
    nodeGetInfo: async () => ({
      nodeId: parts.node,
      maxVolumesPerNode: 0n,
      accessibleTopology: parts.topology.segment,
    }),
    nodeGetCapabilities: async () => {
      const offered = capabilities.filter((type) => parts.grows || type !== rpc.EXPAND_VOLUME);
      return { capabilities: offered.map((type) => ({ type: { $case: 'rpc', rpc: { type } } })) };
    },
    nodeStageVolume: (request) => stage(request, parts),
    nodeUnstageVolume: (request) => unstage(request, parts),
    nodePublishVolume: (request) => publishVolume(request, parts),
    nodeUnpublishVolume: (request) => unpublishVolume(request, parts),
    nodeGetVolumeStats: (request) => stats(request, parts),
    nodeExpandVolume: (request) => expand(request, parts),
  };
}

async function stage(
  request: csi.NodeStageVolumeRequest,
  { volumes, access }: NodeParts,
): Promise<csi.NodeStageVolumeResponse> {
  const id = requireText('volume_id', request.volumeId);
  const path = requirePath('staging_target_path', request.stagingTargetPath);
  const asked = accessOf(request.volumeCapability, 'volume_capability');
  parseParameters('context', request.volumeContext);
  return volumes.exclusively(id, async () => {
    const volume = volumes.require(id);
    // A raw device needs no preparation.
    if (asked.kind === 'block') return {};
    const { fileSystem = defaultFileSystem, flags } = asked;
    await access(volume).stage({ volume, path, fileSystem, flags });
    return {};
  });
}

/** What is not staged, or of a volume nobody knows any more, must not hold up the end of a pod. */
async function unstage(
  request: csi.NodeUnstageVolumeRequest,
  { volumes, access, mode }: NodeParts,
): Promise<csi.NodeUnstageVolumeResponse> {
  const id = requireText('volume_id', request.volumeId);
  const path = requirePath('staging_target_path', request.stagingTargetPath);
  return volumes.exclusively(id, async () => {
    await access(volumes.get(id) ?? { deviceMode: mode }).unstage(id, path);
    return {};
  });
}

async function stats(
  { volumeId, volumePath }: csi.NodeGetVolumeStatsRequest,
  parts: NodeParts,
): Promise<csi.NodeGetVolumeStatsResponse> {
  const id = requireText('volume_id', volumeId);
  const path = requireSomePath('volume_path', volumePath);
  const volume = knownAs(id, parts.volumes);
  const usage = await parts.access(volume).usage(volume, path);
  const problem = usage.problem ?? (await parts.volumes.device(volume).then(() => undefined, errorMessage));
  parts.conditions.note(volume.id, problem);
  return {
    usage: usagesOf(usage),
    volumeCondition: { abnormal: problem !== undefined, message: problem ?? '' },
  };
}

function usagesOf({ bytes, inodes }: VolumeUsage): csi.VolumeUsage[] {
  const { BYTES, INODES } = csi.VolumeUsage_Unit;
  return [{ ...bytes, unit: BYTES }, ...(inodes === undefined ? [] : [{ ...inodes, unit: INODES }])];
}

/** Grows the device too, where the controller service was not asked to. */
async function expand(
  request: csi.NodeExpandVolumeRequest,
  { volumes, access }: NodeParts,
): Promise<csi.NodeExpandVolumeResponse> {
  const id = requireText('volume_id', request.volumeId);
  const path = requireSomePath('volume_path', request.volumePath);
  const range = rangeOf(request.capacityRange);
  await volumes.exclusively(id, async () => {
    const volume = volumes.require(id);
    // Nothing grows for a path that is none of the volume.
    await access(volume).usage(volume, path);
  });
  const volume = await volumes.grow(id, range);
  if (request.volumeCapability?.accessType?.$case === 'block') return { capacityBytes: volume.size };
  return volumes.exclusively(id, async () => {
    await access(volume).expand(volume, path);
    return { capacityBytes: volume.size };
  });
}

/** An inline volume is known to the kubelet by its name. @throws HwError NotFound */
function knownAs(id: string, volumes: Volumes): Volume {
  return volumes.get(id) ?? volumes.named(id) ?? volumes.require(id);
}

/** Starts the message of every failure with the node it happened on, as sidecars show it without. */
export function withNode<M extends object>(nodeId: string, methods: M): M {
  const entries = Object.entries(methods).map(([name, method]) => [
    name,
    async (...call: unknown[]): Promise<unknown> => {
      try {
        return await method(...call);
      } catch (error) {
        const cause = isHwError(error) ? error.cause : error;
        throw new HwError(codeOf(error), `${nodeId}: ${errorMessage(error)}`, { cause });
      }
    },
  ]);
  return Object.fromEntries(entries) as M;
}

/** That a program of the node is missing or fails says nothing of the volume, as its code would to a CSI caller. */
function codeOf(error: unknown): ErrorCode {
  return isHwError(error) && !(error instanceof ToolError) ? error.code : 'Internal';
}
