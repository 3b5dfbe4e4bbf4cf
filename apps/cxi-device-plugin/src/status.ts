import { type Assignments, countIds, type HardwareProfile } from '@rackwright/kubelet';
import type { Nic } from './model.ts';

/** One NIC in `/status`. */
export interface NicStatus {
  readonly device: string;
  readonly kind: string;
  readonly numaNode?: number;
  readonly healthy: boolean;
  readonly reason: string;
  readonly message: string;
  /** Its assignments, as far as the kubelet has told or Allocate has shown. */
  readonly holders: readonly { readonly resource: string; readonly id: string; readonly pod?: string }[];
}

export interface Status {
  readonly resources: readonly { readonly name: string; readonly ids: number; readonly healthy: number }[];
  readonly nics: readonly NicStatus[];
}

/** The answer of `/status`. */
export function status(
  nics: readonly Nic[],
  assignments: Assignments,
  profiles: readonly HardwareProfile[],
): Status {
  return {
    resources: profiles.map(({ resource, devices }) => ({
      name: resource,
      ids: countIds(devices.value),
      healthy: countIds(devices.value.filter((device) => device.healthy)),
    })),
    nics: nics.map(({ name, kind, numaNode, healthy, reason, message }) => ({
      device: name,
      kind,
      ...(numaNode !== undefined && { numaNode }),
      healthy,
      reason,
      message,
      holders: (assignments.get(name) ?? []).map(({ resource, id, pod }) => ({
        resource,
        id,
        ...(pod && { pod }),
      })),
    })),
  };
}
