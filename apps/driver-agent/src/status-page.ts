import type { DriverState } from './driver/verify.ts';
import type { DeviceView } from './model.ts';

/**
 * The JSON of `/status`. `link` is what the driver's file says, `1` or `0`, as
 * the older agent had it; `linkState` says it in words.
 */
export function statusPage(input: {
  readonly node: string;
  readonly driver: DriverState | undefined;
  readonly driverVersion: string;
  readonly publishError: string | undefined;
  readonly views: readonly DeviceView[];
}): Record<string, unknown> {
  const { node, driver, driverVersion, publishError, views } = input;
  const lastError = driver?.ready === true ? publishError : (driver?.message ?? 'not verified yet');
  return {
    node,
    driverReady: driver?.ready === true,
    ...(lastError === undefined ? {} : { lastError }),
    ...(driver === undefined ? {} : { driverReason: driver.reason }),
    ...(driverVersion === '' ? {} : { wantedDriverVersion: driverVersion }),
    devices: views.map(({ device, health }) => ({
      name: device.name,
      pci: device.pciAddress ?? '',
      numa: device.numaNode ?? -1,
      link: { up: '1', down: '0', unknown: 'unknown' }[device.linkState],
      linkState: device.linkState,
      health: health.status,
      healthMessage: health.message,
    })),
  };
}
