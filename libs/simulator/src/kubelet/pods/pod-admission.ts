import { errorMessage, isHwError } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { DeviceManager } from '../devices/device-manager.ts';
import { type Container, isSidecar, type Pod, quantity } from '../pod-model.ts';
import { type NodeIdentity, unmetAffinity } from './node-affinity.ts';

/** Why a pod is turned away. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** What a node can give and what it is like, for admission. */
export interface NodeOffer extends NodeIdentity {
  /** Counts by resource; cpu in cores. */
  readonly allocatable: Readonly<Record<string, number>>;
  /** Pods that run or are about to. */
  readonly others: readonly Pod[];
}

/** Gives the pod its devices; undefined when that worked. */
export async function admitDevices(devices: DeviceManager, pod: Pod): Promise<Rejection | undefined> {
  try {
    await devices.admit(pod);
    return undefined;
  } catch (error) {
    const topology = isHwError(error, 'Conflict');
    return {
      reason: topology ? kubelet.event.topologyAffinityError : kubelet.event.unexpectedAdmissionError,
      message: `Pod was rejected: Allocate failed due to ${errorMessage(error)}`,
    };
  }
}

/** Checks the node's labels and resources against a pod that may have bypassed the scheduler. */
export function checkFit(pod: Pod, offer: NodeOffer): Rejection | undefined {
  const unmet = unmetAffinity(pod, { name: offer.name, labels: offer.labels });
  if (unmet !== undefined) return { reason: 'NodeAffinity', message: `Pod was rejected: ${unmet}` };
  if (offer.others.length + 1 > (offer.allocatable.pods ?? Number.POSITIVE_INFINITY)) {
    return { reason: 'OutOfpods', message: 'Pod was rejected: the node runs as many pods as it may' };
  }
  const used = offer.others.map(podRequests);
  for (const [resource, wanted] of Object.entries(podRequests(pod))) {
    const total = offer.allocatable[resource];
    // What the node does not offer at all is somebody else's to check, as in the real kubelet.
    if (total === undefined || wanted === 0) continue;
    const taken = used.reduce((sum, requests) => sum + (requests[resource] ?? 0), 0);
    if (taken + wanted > total) {
      const message = `Pod was rejected: Node didn't have enough resource: ${resource}, requested: ${wanted}, used: ${taken}, capacity: ${total}`;
      return { reason: `OutOf${resource}`, message };
    }
  }
  return undefined;
}

/** What a pod takes: its containers and sidecars together, or its hungriest init container. */
export function podRequests(pod: Pod): Record<string, number> {
  const total: Record<string, number> = {};
  const init: Record<string, number> = {};
  for (const container of pod.spec.containers) add(total, containerRequests(container));
  let sidecars: Record<string, number> = {};
  for (const container of pod.spec.initContainers ?? []) {
    const own = containerRequests(container);
    if (isSidecar(container)) {
      sidecars = add({ ...sidecars }, own);
      add(total, own);
    }
    const peak = isSidecar(container) ? sidecars : add({ ...sidecars }, own);
    for (const [name, value] of Object.entries(peak)) init[name] = Math.max(init[name] ?? 0, value);
  }
  for (const [name, value] of Object.entries(init)) total[name] = Math.max(total[name] ?? 0, value);
  return total;
}

function containerRequests(container: Container): Record<string, number> {
  const { limits, requests } = container.resources ?? {};
  const merged = { ...limits, ...requests };
  return Object.fromEntries(Object.entries(merged).map(([name, value]) => [name, quantity(value, name)]));
}

function add(sum: Record<string, number>, more: Readonly<Record<string, number>>): Record<string, number> {
  for (const [name, value] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + value;
  return sum;
}
