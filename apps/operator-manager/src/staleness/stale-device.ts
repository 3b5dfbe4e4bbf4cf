import { type CxiDeviceObject, type CxiDeviceStatus, cxiDevices } from '@rackwright/api';
import { formatDuration } from '@rackwright/core';
import { cxi, driverAgent } from '@rackwright/keys';
import { apiVersionOf } from '@rackwright/kube';

/**
 * A driver agent looks at each NIC about every five minutes at the latest and
 * says so in `health.lastCheck`. One that missed three of these is silent.
 */
export const silentAfterMs = 15 * 60_000;

const { agentSilent, missing } = driverAgent.healthReason;

/** What is needed of a CXIDevice to evaluate it: cut from thousands. */
export function essence({ metadata = {}, status }: CxiDeviceObject): CxiDeviceObject {
  const { name, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const { node, health, conditions } = status ?? {};
  const kept = {
    ...(node === undefined ? {} : { node }),
    ...(health === undefined ? {} : { health }),
    ...(conditions === undefined ? {} : { conditions }),
  };
  return {
    metadata: JSON.parse(
      JSON.stringify({ name, uid, resourceVersion, creationTimestamp, deletionTimestamp }),
    ),
    status: kept as CxiDeviceStatus,
  };
}

/** Whether the agent of its node has fallen silent, and nobody has said so yet. */
export function isStale({ metadata, status }: CxiDeviceObject, now: number): boolean {
  if (metadata?.deletionTimestamp !== undefined) return false;
  // A NIC that vanished is Unhealthy already and is not looked at again.
  if (status?.health?.reason === agentSilent || status?.health?.reason === missing) return false;
  const checkedAt = Date.parse(status?.health?.lastCheck ?? metadata?.creationTimestamp ?? '');
  return now - checkedAt > silentAfterMs;
}

/**
 * The same CXIDevice as unknown, to be applied beside what its agent wrote. It
 * names the version that was read: an agent that has written since is not silent.
 */
export function asUnknown({ metadata, status }: CxiDeviceObject, now: number): CxiDeviceObject {
  const { name = '', uid = '', resourceVersion = '' } = metadata ?? {};
  const at = status?.health?.lastCheck ?? 'no time it told';
  const message = `the driver agent of node ${status?.node ?? 'unknown'} is silent: it last looked at ${at}, more than ${formatDuration(silentAfterMs)} ago`;
  const lastTransitionTime = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const conditions = (status?.conditions ?? []).map(({ type }) => ({
    ...{ type, status: 'Unknown' as const, reason: agentSilent, message, lastTransitionTime },
  }));
  const told = {
    linkState: 'unknown' as const,
    health: { status: 'Unknown' as const, reason: agentSilent, message },
    conditions,
  };
  return {
    apiVersion: apiVersionOf(cxiDevices),
    kind: cxiDevices.kind,
    metadata: { name, uid, resourceVersion },
    // Applied, so what is left out stays as it is.
    status: told as CxiDeviceStatus,
  };
}

/** Owner of what is applied. */
export const fieldManager = cxi.fieldManager.operator;
