import { HwError } from '@rackwright/core';
import { type SmartKey, smartLayout, smartLogOf } from './fields.ts';
import type { SmartLog } from './smart-log.ts';

/** Length of the log page in bytes. */
export const smartLogBytes = 512;

/**
 * Reads the log page as the drive sends it.
 *
 * @throws HwError Internal if it is too short or cannot be the log of a running drive
 */
export function decodeSmartLog(page: Uint8Array): SmartLog {
  if (page.length < smartLogBytes) {
    throw new HwError('Internal', `the SMART log has ${page.length} bytes, not ${smartLogBytes}`);
  }
  return smartLogOf((key: SmartKey) => {
    const [offset, length] = smartLayout[key];
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(page[offset + i] ?? 0);
    return value;
  });
}
