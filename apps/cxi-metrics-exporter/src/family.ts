import type { CxiDevice } from '@rackwright/hardware-cxi';
import type { CollectedDevice, Collection } from './collection.ts';
import type { MetricType } from './exposition.ts';

/** Labels without the `node` every series has. */
export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number | string];

/** A metric: how it is described, and its series in a collection. */
export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Label names in the order they are written. */
  readonly labels: readonly string[];
  /** Where its values come from, for people. */
  readonly from: string;
  readonly samples: (collection: Collection, settings: FamilySettings) => readonly Sample[];
}

/** What the metrics depend on beside the host. */
export interface FamilySettings {
  readonly switchIdMask: number;
}

type DeviceValue = (device: CxiDevice, collected: CollectedDevice) => number | string | undefined;

/** A metric with one series for each device that has the value. */
export function perDevice(
  family: Pick<Family, 'name' | 'type' | 'help' | 'from'>,
  value: DeviceValue,
  withAddress = false,
): Family {
  return {
    ...family,
    labels: withAddress ? ['device', 'node', 'pci_address'] : ['device', 'node'],
    samples: ({ devices }) =>
      devices.flatMap((collected): Sample[] => {
        const { device } = collected;
        const found = value(device, collected);
        if (found === undefined) return [];
        const labels = { device: device.name };
        return [[withAddress ? { ...labels, pci_address: device.pciAddress ?? '' } : labels, found]];
      }),
  };
}
