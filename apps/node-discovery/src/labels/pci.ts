import type { PciFunction } from '@rackwright/hardware-pci';
import { discovery } from '@rackwright/keys';
import type { Labels } from './label-value.ts';
import type { DiscoveryRules } from './rules.ts';

/** Labels in the manner of Node Feature Discovery, for the vendors asked for. Pure. */
export function pciLabels(
  functions: readonly PciFunction[],
  { pciVendors, pciDeviceLabels }: Pick<DiscoveryRules, 'pciVendors' | 'pciDeviceLabels'>,
): Labels {
  const { pciPresent, pciSriovCapable } = discovery.label;
  const keys = functions
    .filter(({ vendorId }) => pciVendors.includes(vendorId))
    .flatMap(({ vendorId, deviceId, classId, sriovCapable }) => {
      if (classId === undefined) return [pciPresent(vendorId)];
      return [
        pciPresent(vendorId),
        pciPresent(classId, vendorId),
        ...(pciDeviceLabels ? [pciPresent(classId, vendorId, deviceId)] : []),
        ...(sriovCapable ? [pciSriovCapable(classId, vendorId)] : []),
      ];
    });
  return Object.fromEntries(keys.map((key) => [key, 'true']));
}
