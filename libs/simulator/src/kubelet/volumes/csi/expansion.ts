import { compareQuantities, parseQuantity, wholeUnits } from '@rackwright/core';
import type { PersistentVolumeClaim } from '@rackwright/kube';

/** What the node has to grow a volume to. */
export interface Expansion {
  /** The quantity as the API has it. */
  readonly size: string;
  readonly bytes: bigint;
}

/** Conditions that tell of an expansion; none is left when it is done. */
const resizeConditions = new Set([
  'Resizing',
  'FileSystemResizePending',
  'ControllerResizeError',
  'NodeResizeError',
]);

/** What the resizer has left for the node to do; undefined when nothing is, or when it has been found impossible. */
export function pendingExpansion({ status }: PersistentVolumeClaim): Expansion | undefined {
  const state = status?.allocatedResourceStatuses?.storage;
  if (state !== 'NodeResizePending' && state !== 'NodeResizeInProgress') return undefined;
  const size = parseQuantity(status?.allocatedResources?.storage ?? '0');
  if (compareQuantities(size, parseQuantity(status?.capacity?.storage ?? '0')) <= 0) return undefined;
  return { size: String(status?.allocatedResources?.storage), bytes: wholeUnits(size) };
}

/** A change of a claim's status, with the version it was made from. */
interface StatusPatch {
  readonly metadata: { readonly resourceVersion: string | undefined };
  readonly status: Record<string, unknown>;
}

export function expansionStarted(claim: PersistentVolumeClaim): StatusPatch {
  return statusPatch(claim, { allocatedResourceStatuses: { storage: 'NodeResizeInProgress' } });
}

export function expansionDone(claim: PersistentVolumeClaim, { size }: Expansion): StatusPatch {
  const conditions = (claim.status?.conditions ?? []).filter(({ type }) => !resizeConditions.has(type));
  return statusPatch(claim, { capacity: { storage: size }, allocatedResourceStatuses: null, conditions });
}

/** @param infeasible nobody is to try again */
export function expansionFailed(
  claim: PersistentVolumeClaim,
  {
    message,
    time,
    infeasible,
  }: { readonly message: string; readonly time: string; readonly infeasible: boolean },
): StatusPatch {
  const others = (claim.status?.conditions ?? []).filter(({ type }) => type !== 'NodeResizeError');
  const condition = {
    type: 'NodeResizeError',
    status: 'True',
    lastTransitionTime: time,
    message: `failed to expand pvc with ${message}`,
  };
  return statusPatch(claim, {
    conditions: [...others, condition],
    ...(infeasible && { allocatedResourceStatuses: { storage: 'NodeResizeInfeasible' } }),
  });
}

function statusPatch({ metadata }: PersistentVolumeClaim, status: Record<string, unknown>): StatusPatch {
  return { metadata: { resourceVersion: metadata?.resourceVersion }, status };
}
