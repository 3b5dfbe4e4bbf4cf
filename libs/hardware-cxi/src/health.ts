import type { CxiDevice } from './device.ts';
import { isOutOfService } from './out-of-service.ts';
import type { RetryHandlerEntry } from './retry-handler-state.ts';

/**
 * The verdict on one device. `Healthy` and `Degraded` devices are given to pods,
 * and somebody should look after a degraded one; the others are not given.
 */
export interface DeviceHealth {
  readonly status: 'Healthy' | 'Degraded' | 'Unhealthy' | 'Unknown';
  /** One CamelCase word, stable: it becomes a condition reason and a metric label. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * What is known on a node beside its devices. Whoever wants a verdict hands
 * over all of it, so that no agent can leave something out and come to another.
 */
export interface HealthObservations {
  /** Whether a physical function without a running retry handler counts as unhealthy. */
  readonly requireRetryHandler: boolean;
  /** What the retry-handler agent last wrote, by device. */
  readonly retryHandlers: ReadonlyMap<string, RetryHandlerEntry>;
  /** Names of the NICs that somebody took out of service. */
  readonly outOfService: ReadonlySet<string>;
  /** Device nodes that cannot be opened, by device: the error's name. */
  readonly nodeErrors: ReadonlyMap<string, string>;
}

/** A node on which nothing is known beside its devices, and no retry handler is required. */
export const nothingObserved: HealthObservations = {
  requireRetryHandler: false,
  retryHandlers: new Map(),
  outOfService: new Set(),
  nodeErrors: new Map(),
};

/** Reason of a device that somebody took out of service. */
export const outOfServiceReason = 'OutOfService';

type Guard = (device: CxiDevice, observations: HealthObservations) => DeviceHealth | undefined;

/** In order; the first one that returns a verdict decides. */
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
  ({ kind, name }, { retryHandlers }) =>
    kind === 'pf' && retryHandlers.get(name)?.rebootRequired
      ? verdict('Unhealthy', 'RebootRequired', 'the retry handler died; the node must be rebooted')
      : undefined,
  retryHandlerGuard,
  ({ name, devNode }, { nodeErrors }) =>
    nodeErrors.has(name)
      ? verdict(
          'Unhealthy',
          'DeviceNodeUnusable',
          `${devNode.path} cannot be opened: ${nodeErrors.get(name)}`,
        )
      : undefined,
  (device, { retryHandlers }) =>
    device.kind === 'pf' && !device.retryHandlerEq && isDown(retryHandlers.get(device.name))
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

/**
 * The verdict on one device as it is now. What is not known to be well is not
 * healthy. Pure.
 *
 * @param settle makes of how the device is what is believed of it, as `evaluateNode` does for one that flaps
 */
export function evaluateHealth(
  device: CxiDevice,
  observations: HealthObservations,
  settle = (own: DeviceHealth): DeviceHealth => own,
): DeviceHealth {
  const own = settle(ownHealth(device, observations));
  return isOutOfService(device, observations.outOfService) ? takenOut(own) : own;
}

/** Also tells how the device is, for whoever decides to put it back. */
function takenOut(own: DeviceHealth): DeviceHealth {
  const rest = own.status === 'Healthy' ? '' : `; besides, ${own.message}`;
  return verdict('Unhealthy', outOfServiceReason, `taken out of service by spec.unschedulable${rest}`);
}

function ownHealth(device: CxiDevice, observations: HealthObservations): DeviceHealth {
  for (const guard of guards) {
    const found = guard(device, observations);
    if (found !== undefined) return found;
  }
  return verdict('Healthy', 'Healthy', 'the link is up');
}

/** The driver's register decides, not the agent's file: a handler started by hand counts too. */
function retryHandlerGuard(
  device: CxiDevice,
  { requireRetryHandler }: HealthObservations,
): DeviceHealth | undefined {
  if (!requireRetryHandler || device.kind === 'vf') return undefined;
  if (device.retryHandlerEq === undefined)
    return verdict('Unknown', 'RetryHandlerUnknown', 'the driver does not tell whether a retry handler runs');
  if (device.retryHandlerEq === 0)
    return verdict('Unhealthy', 'RetryHandlerMissing', 'no retry handler is registered with the NIC');
  return undefined;
}

function verdict(status: DeviceHealth['status'], reason: string, message: string): DeviceHealth {
  return { status, reason, message };
}
