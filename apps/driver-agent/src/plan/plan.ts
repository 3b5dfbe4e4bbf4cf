import type { SeenRetryHandlers } from '@rackwright/hardware-cxi';
import type { DriverState } from '../driver/verify.ts';
import type { Action } from './action.ts';
import { type DevicePlanInput, planDevices } from './device-plan.ts';
import { needsReboot, nodeLabels, planDriverEvents, planLabels, planRebootCondition } from './node-plan.ts';

/** Everything a publication is decided from. */
export interface PublicationInput extends DevicePlanInput {
  readonly driver: DriverState;
  readonly retryHandlers: SeenRetryHandlers;
}

/**
 * What to write so that the API server says what the host is like. Pure.
 * Carrying the plan out and planning again gives an empty plan after at most
 * two rounds, and stays empty until something changes or a heartbeat is due.
 */
export function planPublication(input: PublicationInput): Action[] {
  const { observed, policy, now } = input;
  const labels = nodeLabels(
    input.devices.map(({ device }) => device),
    policy.switchIdMask,
    needsReboot(input.retryHandlers, observed.node),
  );
  return [
    ...planDevices(input),
    // Labels that count devices are right only when all are known.
    ...(input.unidentified?.length ? [] : planLabels(observed.node, labels)),
    ...planRebootCondition(observed.node, input.retryHandlers, now),
    ...planDriverEvents(input.driver, observed),
  ];
}
