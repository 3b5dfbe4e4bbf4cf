import { basename } from 'node:path';
import type { CxiDeviceStatus } from '@rackwright/api';
import { switchId } from '@rackwright/hardware-cxi';
import type { DeviceView } from '../model.ts';
import { type ConditionFact, deviceConditions, retryHandlerRuns } from './device-conditions.ts';

/** A status without the times in it, which are no facts about the device. */
export interface StatusFacts extends Omit<CxiDeviceStatus, 'conditions' | 'health'> {
  readonly health: Omit<NonNullable<CxiDeviceStatus['health']>, 'lastCheck'>;
  readonly conditions: readonly ConditionFact[];
}

/** What is published of one device. What is not known is absent; 0 is a value. Pure. */
export function deviceStatus(view: DeviceView, node: string, switchIdMask: number): StatusFacts {
  const { device, health } = view;
  const retryHandler = retryHandlerStatus(view);
  return {
    node,
    device: device.name,
    type: device.kind,
    linkState: device.linkState,
    health,
    conditions: deviceConditions(view),
    ...known({
      pciAddress: device.pciAddress,
      parent: device.parent,
      numaNode: device.numaNode,
      nid: device.nid,
      switchID: device.nid === undefined ? undefined : switchId(device.nid, switchIdMask),
      linkSpeed: device.linkSpeedMbps === undefined ? undefined : formatSpeed(device.linkSpeedMbps),
      driverVersion: device.driverRev,
      cassiniGeneration: device.generation,
      netdev: device.netdev,
      mac: device.mac,
      firmwareVersion: device.firmwareVersion,
      partNumber: device.partNumber,
      serialNumber: device.serialNumber,
      retryHandler,
    }),
  };
}

/** Virtual functions have no retry handler of their own; for them nothing is said. */
function retryHandlerStatus(view: DeviceView): CxiDeviceStatus['retryHandler'] {
  const { device, retryHandler, stats } = view;
  if (device.kind === 'vf') return undefined;
  const runs = retryHandlerRuns(view);
  const configFile = retryHandler?.configFile ?? stats?.configFile;
  const status = known({
    enabled: runs,
    // Nobody of ours supervises it, so it is the host's.
    state: retryHandler?.state ?? (runs === true ? ('External' as const) : undefined),
    policy: configFile === undefined ? undefined : basename(configFile).slice(0, 64) || undefined,
    restarts: retryHandler?.restarts,
    stats: stats === undefined ? undefined : retryStats(stats),
  });
  return Object.keys(status).length === 0 ? undefined : status;
}

function retryStats({
  timeouts,
  nacks,
}: NonNullable<DeviceView['stats']>): NonNullable<NonNullable<CxiDeviceStatus['retryHandler']>['stats']> {
  const total = timeouts === undefined || nacks === undefined ? undefined : timeouts + nacks;
  return known({ totalRetries: total, timeoutRetries: timeouts, nackRetries: nacks });
}

/** `200Gbps`, as the CRD promises. */
export function formatSpeed(mbps: number): string {
  return `${mbps / 1000}Gbps`;
}

type Known<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The same without what is undefined. */
function known<T extends object>(values: T): Known<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Known<T>;
}
