import { HwError } from '@rackwright/core';
import type { csi } from '@rackwright/csi';
import type { CapacityRange } from '../volumes/sizes.ts';
import { maxNameBytes } from '../volumes/volume-id.ts';

/** @throws HwError InvalidArgument if a text of a request is missing or longer than CSI allows */
export function requireText(field: string, text: string): string {
  if (text === '') throw new HwError('InvalidArgument', `${field} is missing`, { field });
  if (Buffer.byteLength(text) > maxNameBytes)
    throw new HwError('InvalidArgument', `${field} has more than ${maxNameBytes} bytes`, { field });
  return text;
}

/** @throws HwError InvalidArgument if a path of a request is missing, not absolute or climbs */
export function requirePath(field: string, path: string): string {
  if (path === '') throw new HwError('InvalidArgument', `${field} is missing`, { field });
  const parts = path.split('/');
  if (parts[0] !== '' || parts.includes('..') || path.includes('\0') || path.includes('\n'))
    throw new HwError('InvalidArgument', `${field} is no absolute path`, { field });
  return path.replace(/\/+$/, '');
}

/** @throws HwError InvalidArgument if a path of a request is missing, or can be none; any other is looked for */
export function requireSomePath(field: string, path: string): string {
  if (path === '') throw new HwError('InvalidArgument', `${field} is missing`, { field });
  if (path.includes('\0')) throw new HwError('InvalidArgument', `${field} is no path`, { field });
  return path.replace(/\/+$/, '');
}

/** A range, without bounds if the request has none. */
export function rangeOf(range: csi.CapacityRange | undefined): CapacityRange {
  return range ?? { requiredBytes: 0n, limitBytes: 0n };
}
