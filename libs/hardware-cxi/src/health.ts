import type { CxiDevice } from './device.ts';
import type { RetryHandlerEntry } from './retry-handler-state.ts';

/**
 * The verdict on one device. `Healthy` and `Degraded` ones are given to pods, and
 * a degraded one needs a look; the others are not.
 */
export interface DeviceHealth {
  readonly status: 'Healthy' | 'Degraded' | 'Unhealthy' | 'Unknown';
  /** One CamelCase word, stable: it becomes a condition reason and a metric label. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
}

/** What a healthy device must have on this node. */
export interface HealthPolicy {
  /** Whether a physical function without a running retry handler counts as unhealthy. */
  readonly requireRetryHandler: boolean;
  /** What the retry-handler agent last wrote about the device. */
  readonly retryHandler?: RetryHandlerEntry;
  /** Whether somebody took the device out of service. */
  readonly outOfService?: boolean;
}

/** Reason of a device that somebody took out of service. */
export const outOfServiceReason = 'OutOfService';

type Guard = (device: CxiDevice, policy: HealthPolicy) => DeviceHealth | undefined;

/** Asked in order; the first that has something to say decides. */
const guards: readonly Guard[] = [
  ({ devNode }) =>
    devNode.present
      ? undefined
      : verdict(
          'Unhealthy',
          'DeviceNodeMissing',
          `${devNode.path} is missing: is the module cxi_user loaded?`,
        ),
  ({ pciEnabled }) =>
    pciEnabled === false ? verdict('Unhealthy', 'PciDisabled', 'the PCI function is disabled') : undefined,
  ({ linkState }) =>
    linkState === 'down' ? verdict('Unhealthy', 'LinkDown', 'the link is down') : undefined,
  ({ linkState }) =>
    linkState === 'unknown'
      ? verdict('Unknown', 'LinkUnknown', 'the driver does not tell the link state')
      : undefined,
  (device, { retryHandler }) =>
    device.kind === 'pf' && retryHandler?.rebootRequired
      ? verdict('Unhealthy', 'RebootRequired', 'the retry handler died; the node must be rebooted')
      : undefined,
  retryHandlerGuard,
  (device, { retryHandler }) =>
    device.kind === 'pf' && !device.retryHandlerEq && isDown(retryHandler)
      ? verdict('Degraded', 'RetryHandlerDown', 'the retry handler died, and none is needed here')
      : undefined,
];

/** Whether pods may be given the device. */
export function isUsable({ status }: Pick<DeviceHealth, 'status'>): boolean {
  return status === 'Healthy' || status === 'Degraded';
}

function isDown(retryHandler: RetryHandlerEntry | undefined): boolean {
  return retryHandler?.state === 'Failed' || retryHandler?.state === 'Backoff';
}

/** Judges a device. What is not known to be well is not healthy. */
export function assessHealth(device: CxiDevice, policy: HealthPolicy): DeviceHealth {
  const own = ownHealth(device, policy);
  return policy.outOfService ? takenOut(own) : own;
}

/** Whoever is to put the device back wants to know how it is. */
function takenOut(own: DeviceHealth): DeviceHealth {
  const rest = own.status === 'Healthy' ? '' : `; besides, ${own.message}`;
  return verdict('Unhealthy', outOfServiceReason, `taken out of service by spec.unschedulable${rest}`);
}

function ownHealth(device: CxiDevice, policy: HealthPolicy): DeviceHealth {
  for (const guard of guards) {
    const refusal = guard(device, policy);
    if (refusal !== undefined) return refusal;
  }
  return verdict('Healthy', 'Healthy', 'the link is up');
}

/** The driver's register decides, not the agent's file: a handler started by hand counts too. */
function retryHandlerGuard(device: CxiDevice, policy: HealthPolicy): DeviceHealth | undefined {
  if (!policy.requireRetryHandler || device.kind === 'vf') return undefined;
  if (device.retryHandlerEq === undefined)
    return verdict('Unknown', 'RetryHandlerUnknown', 'the driver does not tell whether a retry handler runs');
  if (device.retryHandlerEq === 0)
    return verdict('Unhealthy', 'RetryHandlerMissing', 'no retry handler is registered with the NIC');
  return undefined;
}

function verdict(status: DeviceHealth['status'], reason: string, message: string): DeviceHealth {
  return { status, reason, message };
}
