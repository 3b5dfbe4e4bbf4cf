import { HwError } from '@rackwright/core';

/** What a request asks for, in bytes; 0 or nothing for no bound. */
export interface CapacityRange {
  readonly requiredBytes: bigint;
  readonly limitBytes: bigint;
}

/** The most a device can have, as CSI tells sizes in signed 64 bit numbers. */
export const maxBytes = 2n ** 63n - 1n;

/** The next multiple of `unit`, and at least one. */
export function roundUp(bytes: bigint, unit: bigint): bigint {
  const units = bytes <= 0n ? 1n : (bytes + unit - 1n) / unit;
  return units * unit;
}

/** The multiple of `unit` that is not above. */
export function roundDown(bytes: bigint, unit: bigint): bigint {
  return bytes <= 0n ? 0n : bytes - (bytes % unit);
}

/**
 * Checks a range by itself.
 *
 * @throws HwError InvalidArgument for numbers below zero; OutOfRange where no size fits
 */
export function checkRange(range: CapacityRange): void {
  const { requiredBytes, limitBytes } = range;
  if (requiredBytes < 0n || limitBytes < 0n)
    throw new HwError('InvalidArgument', 'capacity_range has a size below zero', { field: 'capacity_range' });
  if (limitBytes > 0n && requiredBytes > limitBytes) throw outOfRange(requiredBytes, limitBytes);
}

/** @throws HwError OutOfRange if a volume of `size` is larger than the range allows */
export function requireWithin(size: bigint, { limitBytes }: CapacityRange): void {
  if (size > maxBytes || (limitBytes > 0n && size > limitBytes)) throw outOfRange(size, limitBytes);
}

function outOfRange(size: bigint, limitBytes: bigint): HwError {
  const limit = limitBytes > 0n ? limitBytes : maxBytes;
  return new HwError('OutOfRange', `the volume would have ${size} bytes, more than the limit of ${limit}`, {
    field: 'capacity_range.limit_bytes',
    remedy: 'raise the limit: sizes are rounded up to what the memory can be divided into',
  });
}
