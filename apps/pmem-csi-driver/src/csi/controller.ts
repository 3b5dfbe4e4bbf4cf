import { errorMessage, HwError, isHwError } from '@rackwright/core';
import { type ControllerMethods, csi } from '@rackwright/csi';
import type { DeviceManagers } from '../devices/device-managers.ts';
import { accessesOf, requireRoomFor } from '../volumes/capabilities.ts';
import type { Volume } from '../volumes/model.ts';
import { pageOf } from '../volumes/paging.ts';
import { formatParameters, parseParameters } from '../volumes/parameters.ts';
import type { NodeTopology } from '../volumes/topology.ts';
import type { VolumeRequest, Volumes } from '../volumes/volumes.ts';
import { rangeOf, requireText } from './checks.ts';

export interface ControllerParts {
  readonly volumes: Volumes;
  readonly devices: DeviceManagers;
  readonly topology: NodeTopology;
  /** Whether this service makes volumes larger. */
  readonly grows: boolean;
  readonly signal: AbortSignal;
}

const rpc = csi.ControllerServiceCapability_RPC_Type;
export const controllerCapabilities = [
  rpc.CREATE_DELETE_VOLUME,
  rpc.LIST_VOLUMES,
  rpc.GET_CAPACITY,
  rpc.EXPAND_VOLUME,
  rpc.GET_VOLUME,
  rpc.VOLUME_CONDITION,
  rpc.SINGLE_NODE_MULTI_WRITER,
];

/** The part of CSI the provisioner and the resizer call. */
export function controller(parts: ControllerParts): ControllerMethods {
  const { volumes } = parts;
  return {
    controllerGetCapabilities: async () => {
      const offered = controllerCapabilities.filter((type) => parts.grows || type !== rpc.EXPAND_VOLUME);
      return { capabilities: offered.map((type) => ({ type: { $case: 'rpc', rpc: { type } } })) };
    },
    createVolume: (request) => createVolume(request, parts),
    deleteVolume: async ({ volumeId }) => {
      await volumes.delete(requireText('volume_id', volumeId));
      return {};
    },
    validateVolumeCapabilities: async (request) => validate(request, parts),
    listVolumes: (request) => listVolumes(request, parts),
    controllerGetVolume: async ({ volumeId }) => {
      const volume = volumes.require(requireText('volume_id', volumeId));
      const problems = await volumes.problems([volume]);
      return { volume: messageOf(volume, parts), status: statusOf(problems.get(volume.id)) };
    },
    getCapacity: (request) => getCapacity(request, parts),
    controllerExpandVolume: (request) => expandVolume(request, parts),
  };
}

async function createVolume(
  request: csi.CreateVolumeRequest,
  parts: ControllerParts,
): Promise<csi.CreateVolumeResponse> {
  const wanted = requestedVolume(request);
  parts.topology.require(request.accessibilityRequirements);
  return { volume: messageOf(await parts.volumes.create(wanted), parts) };
}

/** What a request asks for, wherever it is to be. @throws HwError InvalidArgument naming the field */
export function requestedVolume(request: csi.CreateVolumeRequest): VolumeRequest {
  const name = requireText('name', request.name);
  const accesses = accessesOf(request.volumeCapabilities, 'volume_capabilities');
  if (request.volumeContentSource !== undefined)
    throw new HwError('InvalidArgument', 'volumes cannot be made from snapshots or other volumes', {
      field: 'volume_content_source',
    });
  if (Object.keys(request.mutableParameters).length > 0)
    throw new HwError('InvalidArgument', 'there are no parameters that can change', {
      field: 'mutable_parameters',
    });
  const parameters = parseParameters('class', request.parameters);
  const range = rangeOf(request.capacityRange);
  return { name, range, parameters, checkSize: (size) => requireRoomFor(accesses, size, parameters) };
}

function validate(
  request: csi.ValidateVolumeCapabilitiesRequest,
  { volumes }: ControllerParts,
): csi.ValidateVolumeCapabilitiesResponse {
  const id = requireText('volume_id', request.volumeId);
  if (request.volumeCapabilities.length === 0) accessesOf([], 'volume_capabilities');
  volumes.require(id);
  const { volumeContext, volumeCapabilities, parameters, mutableParameters } = request;
  try {
    accessesOf(volumeCapabilities, 'volume_capabilities');
    parseParameters('context', volumeContext);
    parseParameters('class', parameters);
  } catch (error) {
    if (!isHwError(error, 'InvalidArgument')) throw error;
    return { confirmed: undefined, message: errorMessage(error) };
  }
  return { confirmed: { volumeContext, volumeCapabilities, parameters, mutableParameters }, message: '' };
}

async function listVolumes(
  { startingToken, maxEntries }: csi.ListVolumesRequest,
  parts: ControllerParts,
): Promise<csi.ListVolumesResponse> {
  const { items, nextToken } = pageOf(parts.volumes.list(), startingToken, maxEntries);
  const problems = await parts.volumes.problems(items);
  const entries = items.map((volume) => ({
    volume: messageOf(volume, parts),
    status: statusOf(problems.get(volume.id)),
  }));
  return { entries, nextToken };
}

async function getCapacity(
  { accessibleTopology, volumeCapabilities, parameters }: csi.GetCapacityRequest,
  { devices, topology, signal }: ControllerParts,
): Promise<csi.GetCapacityResponse> {
  parseParameters('class', parameters);
  if (volumeCapabilities.length > 0) accessesOf(volumeCapabilities, 'volume_capabilities');
  const here = accessibleTopology === undefined || topology.includes(accessibleTopology);
  const { available, maxVolumeSize } = here
    ? await (await devices.current).capacity(signal)
    : { available: 0n, maxVolumeSize: 0n };
  return { availableCapacity: available, maximumVolumeSize: maxVolumeSize, minimumVolumeSize: undefined };
}

async function expandVolume(
  { volumeId, capacityRange, volumeCapability }: csi.ControllerExpandVolumeRequest,
  { volumes }: ControllerParts,
): Promise<csi.ControllerExpandVolumeResponse> {
  const id = requireText('volume_id', volumeId);
  if (capacityRange === undefined)
    throw new HwError('InvalidArgument', 'capacity_range is missing', { field: 'capacity_range' });
  const { size } = await volumes.grow(id, rangeOf(capacityRange));
  // A raw device is as large as it is; a file system must be told.
  return { capacityBytes: size, nodeExpansionRequired: volumeCapability?.accessType?.$case !== 'block' };
}

/** A volume as CSI tells it. */
export function messageOf(
  { id, name, size, parameters }: Volume,
  { topology }: Pick<ControllerParts, 'topology'>,
): csi.Volume {
  return {
    volumeId: id,
    capacityBytes: size,
    volumeContext: { ...formatParameters(parameters), name },
    contentSource: undefined,
    accessibleTopology: [topology.segment],
  };
}

function statusOf(problem: string | undefined): csi.ListVolumesResponse_VolumeStatus {
  return {
    publishedNodeIds: [],
    volumeCondition: { abnormal: problem !== undefined, message: problem ?? '' },
  };
}
