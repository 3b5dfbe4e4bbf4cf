import { HwError } from '@rackwright/core';
import type { Volume } from '../volumes/model.ts';
import { formatParameters, parseParameters } from '../volumes/parameters.ts';

/**
 * The text of a state file, as the older driver reads and writes it: `id`, `size`
 * in bytes and a table of parameters. `formatting`, `publishing` and `deleting` are ours; the older driver skips them.
 */
export function formatRecord(volume: Volume): string {
  const { id, name, size, deviceMode, parameters, formatting, publishing, deleting } = volume;
  // JSON has one kind of number; digits beyond 2^53 are kept as they are only as text.
  const table = { ...formatParameters(parameters), name, deviceMode };
  const fields = [
    `"id":${JSON.stringify(id)}`,
    `"size":${size}`,
    `"parameters":${JSON.stringify(table)}`,
    ...(formatting ? ['"formatting":true'] : []),
    ...(publishing === undefined ? [] : [`"publishing":${JSON.stringify(publishing)}`]),
    ...(deleting ? ['"deleting":true'] : []),
  ];
  return `{${fields.join(',')}}\n`;
}

/**
 * Reads a state file.
 *
 * @param id what its name says
 * @throws HwError Internal if it is torn or not one of ours
 */
export function parseRecord(id: string, text: string): Volume {
  const record = objectOf(id, text);
  if (record.id !== id) throw unreadable(id, 'it tells of another volume');
  const size = sizeOf(text, record.size);
  if (size === undefined) throw unreadable(id, 'its size is none');
  const table = tableOf(record.parameters);
  if (table === undefined) throw unreadable(id, 'its parameters are no table of texts');
  const { name = '', deviceMode = 'lvm', size: _, ...parameters } = parsed(id, table);
  const [formatting, deleting] = [record.formatting === true, record.deleting === true];
  const publishing = typeof record.publishing === 'string' ? { publishing: record.publishing } : {};
  return { id, name, size, deviceMode, parameters, formatting, ...publishing, deleting };
}

function parsed(id: string, table: Readonly<Record<string, string>>): ReturnType<typeof parseParameters> {
  try {
    return parseParameters('state', known(table));
  } catch (cause) {
    throw new HwError('Internal', `the state file of ${id} cannot be read`, { cause });
  }
}

/** Without what drivers of 2020 wrote for volumes on several nodes, which nothing reads any more. */
function known({
  cacheSize: _,
  persistencyModel,
  ...rest
}: Readonly<Record<string, string>>): Record<string, string> {
  return persistencyModel === undefined || persistencyModel === 'cache'
    ? rest
    : { ...rest, persistencyModel };
}

function objectOf(id: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HwError('Internal', `the state file of ${id} cannot be read`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unreadable(id, 'it is no object');
  return { ...value };
}

/** The digits as they are written, for numbers of JSON lose some beyond 2^53. */
function sizeOf(text: string, value: unknown): bigint | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return undefined;
  const written = /"size"\s*:\s*(\d{1,19})\s*[,}]/.exec(text)?.[1];
  const exact = written === undefined ? undefined : BigInt(written);
  return exact !== undefined && Number(exact) === value ? exact : BigInt(value);
}

function tableOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object') return undefined;
  const entries = Object.entries(value);
  return entries.every(([, text]) => typeof text === 'string') ? Object.fromEntries(entries) : undefined;
}

function unreadable(id: string, why: string): HwError {
  return new HwError('Internal', `the state file of ${id} cannot be read: ${why}`);
}
