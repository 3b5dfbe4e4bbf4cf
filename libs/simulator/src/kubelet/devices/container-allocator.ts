import { HwError } from '@rackwright/core';
import { type Container, quantity } from '../pod-model.ts';
import type { DeviceState } from './device-state.ts';
import { byNumaNode, selectDevices } from './selection.ts';
import { mergeHints, type TopologyHint, type TopologyPolicy, topologyHints } from './topology.ts';

/** Devices init containers of a pod have given back, by resource. */
export type Reusable = ReadonlyMap<string, ReadonlySet<string>>;

/** One container that is to get its devices. */
export interface AllocationRequest {
  readonly podUid: string;
  readonly container: Container;
  readonly reusable: Reusable;
  /** True when the container already runs and the kubelet has just started. */
  readonly recovering: boolean;
}

/** The device plugin resources a container asks for, with counts. */
export function deviceRequests(
  state: DeviceState,
  container: Container,
): [resource: string, count: number][] {
  return Object.entries(container.resources?.limits ?? {})
    .filter(([resource]) => state.isDeviceResource(resource))
    .map(([resource, value]) => [resource, quantity(value, resource)]);
}

/** The NUMA nodes the container should be served from, or undefined if the policy refuses it. */
export function containerHint(
  state: DeviceState,
  policy: TopologyPolicy,
  machineNodes: readonly number[],
  request: AllocationRequest,
): TopologyHint | undefined {
  const lists = deviceRequests(state, request.container).map(([resource, count]) => {
    if (!state.table.hasTopology(resource)) return [{ nodes: undefined, preferred: true }];
    const hints = resourceHints(state, machineNodes, request, resource, count);
    return hints.length === 0 ? [{ nodes: undefined, preferred: false }] : hints;
  });
  const { hint, admit } = mergeHints(policy, lists, machineNodes);
  return admit ? hint : undefined;
}

function resourceHints(
  state: DeviceState,
  machineNodes: readonly number[],
  { podUid, container, reusable }: AllocationRequest,
  resource: string,
  count: number,
): TopologyHint[] {
  const numaNodes = state.table.numaNodes(resource);
  const held = state.pods.ids(podUid, container.name, resource);
  if (held !== undefined && held.size > 0) {
    if (held.size !== count) return [];
    return topologyHints({ numaNodes, available: held, reusable: new Set(), request: count, machineNodes });
  }
  const inUse = state.pods.inUse().get(resource) ?? new Set<string>();
  const available = new Set([...state.table.healthy(resource)].filter((id) => !inUse.has(id)));
  const again = reusable.get(resource) ?? new Set<string>();
  if (new Set([...available, ...again]).size < count) return [];
  return topologyHints({ numaNodes, available, reusable: again, request: count, machineNodes });
}

/**
 * Gives a container its devices, one Allocate call per resource; returns
 * whether anything was allocated.
 *
 * @throws HwError when devices are missing, unhealthy or the plugin refuses
 */
export async function allocateContainer(
  state: DeviceState,
  request: AllocationRequest,
  hint: TopologyHint | undefined,
): Promise<boolean> {
  const { podUid, container } = request;
  let changed = false;
  for (const [resource, count] of deviceRequests(state, container)) {
    const ids = await choose(state, request, hint, resource, count);
    if (ids.size === 0) continue;
    const connection = state.endpoints.get(resource)?.connection;
    if (connection === undefined) throw new HwError('Unavailable', `${resource} has no device plugin`);
    const response = await connection.allocate([...ids]);
    const devices = byNumaNode(ids, state.table.numaNodes(resource));
    state.pods.insert({ podUid, container: container.name, resource, devices, response });
    changed = true;
  }
  return changed;
}

const nothing: ReadonlySet<string> = new Set();

async function choose(
  state: DeviceState,
  { podUid, container, reusable, recovering }: AllocationRequest,
  hint: TopologyHint | undefined,
  resource: string,
  required: number,
): Promise<ReadonlySet<string>> {
  const held = state.pods.ids(podUid, container.name, resource);
  if (held !== undefined && held.size !== required) {
    throw new HwError(
      'FailedPrecondition',
      `${container.name} changed its request for ${resource} to ${required}`,
    );
  }
  if (recovering) return nothing;
  const healthy = state.table.healthy(resource);
  if (!state.table.has(resource)) throw new HwError('Unavailable', `${resource} has no device plugin`);
  if (healthy.size === 0) throw new HwError('Unavailable', `${resource} has no healthy device`);
  if (held !== undefined) {
    if ([...held].every((id) => healthy.has(id))) return nothing;
    throw new HwError(
      'Unavailable',
      `devices of ${resource} given to ${container.name} are no longer healthy`,
    );
  }
  if (required === 0) return nothing;
  return selectDevices({
    resource,
    required,
    reusable: reusable.get(resource) ?? nothing,
    healthy,
    inUse: state.pods.inUse().get(resource) ?? nothing,
    numaNodes: state.table.numaNodes(resource),
    hint,
    getPreferredAllocation: async (available, mustInclude, size) => {
      const connection = state.endpoints.get(resource)?.connection;
      if (!connection?.options.getPreferredAllocationAvailable) return undefined;
      return connection.preferred(available, mustInclude, size);
    },
  });
}
