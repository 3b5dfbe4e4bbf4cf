import { errorMessage, HwError } from '@rackwright/core';
import { type ExactJson, parseExactJson } from './exact-json.ts';
import { type SmartKey, smartLogOf } from './fields.ts';
import type { SmartLog } from './smart-log.ts';

/**
 * Reads what `nvme smart-log --output-format=json` prints, of any version:
 * counters are floating numbers (up to 2.1), decimal strings (2.2, 2.3) or bare
 * integers (2.4 and later); the critical warning is a number or an object with
 * `value`.
 *
 * @throws HwError Internal when it is no SMART log, FailedPrecondition with the tool's own error, OutOfRange for a log no
 * running drive has
 */
export function parseSmartJson(text: string): SmartLog {
  const log = objectOf(text);
  if (typeof log.error === 'string') throw new HwError('FailedPrecondition', `nvme smart-log: ${log.error}`);
  if (log.temperature === undefined || log.critical_warning === undefined) {
    throw new HwError('Internal', 'nvme smart-log printed JSON that is no SMART log');
  }
  return smartLogOf((key: SmartKey) => whole(log[key]));
}

function objectOf(text: string): { readonly [key: string]: ExactJson } {
  let value: ExactJson;
  try {
    value = parseExactJson(text);
  } catch (error) {
    throw new HwError('Internal', `nvme smart-log printed no JSON: ${errorMessage(error)}`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HwError('Internal', 'nvme smart-log printed JSON that is no SMART log');
  }
  return value;
}

/** A value of any dialect as a whole number; 0 for one that is none. */
function whole(value: ExactJson | undefined): bigint {
  if (typeof value === 'bigint') return value < 0n ? 0n : value;
  if (typeof value === 'number') return value >= 0 && Number.isFinite(value) ? BigInt(Math.round(value)) : 0n;
  if (typeof value === 'string') return /^\d{1,39}$/.test(value) ? BigInt(value) : 0n;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return whole(value.value);
  return 0n;
}
