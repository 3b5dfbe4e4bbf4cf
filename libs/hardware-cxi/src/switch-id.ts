import { HwError } from '@rackwright/core';

/** The bits of a NID that name the switch, by default; cxi_rh uses the same. */
export const defaultSwitchIdMask = 0xfffc0;

/**
 * The switch a NIC hangs on: the masked NID, shifted down by the mask's
 * trailing zeros.
 *
 * @throws HwError InvalidArgument if the mask is 0 or does not fit 20 bits
 */
export function switchId(nid: number, mask: number = defaultSwitchIdMask): number {
  if (!Number.isInteger(mask) || mask <= 0 || mask > 0xfffff)
    throw new HwError('InvalidArgument', `switch id mask ${mask} is not within 1 and 0xfffff`);
  const trailingZeros = 31 - Math.clz32(mask & -mask);
  return (nid & mask) >>> trailingZeros;
}
