import { HwError } from '@rackwright/core';
import { failed, type HostTools } from './host-tools.ts';

/** What a probe of a whole device found. */
export type Probe =
  /** One clear signature, such as `LVM2_member`, `ext4` or, for a partition table, `gpt`. */
  | { readonly kind: 'found'; readonly type: string; readonly uuid?: string; readonly label?: string }
  /** Several that contradict each other. */
  | { readonly kind: 'ambivalent' }
  /** Nothing; also for a device that is missing or cannot be read. */
  | { readonly kind: 'nothing' };

/** How blkid ends (blkid(8)): nothing found or not readable, and several signatures. */
const nothingFound = 2;
const ambivalent = 8;

/**
 * Looks for signatures of any kind: file systems, LVM, RAID, partition tables,
 * encryption, with the low-level probe that uses no cache.
 *
 * @throws HwError FailedPrecondition if blkid ends in another way
 */
export async function probeSignatures(
  tools: HostTools,
  device: string,
  signal?: AbortSignal,
): Promise<Probe> {
  const command = ['blkid', '--probe', '--output', 'export', device] as const;
  const outcome = await tools.run(command, signal && { signal });
  if (outcome.code === nothingFound) return { kind: 'nothing' };
  if (outcome.code === ambivalent) return { kind: 'ambivalent' };
  if (outcome.code !== 0) throw failed(command, outcome);
  const values = new Map(
    outcome.stdout.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
  const [uuid, label] = [values.get('UUID'), values.get('LABEL')];
  return {
    kind: 'found',
    type: values.get('TYPE') ?? values.get('PTTYPE') ?? 'unknown',
    ...(uuid !== undefined && { uuid }),
    ...(label !== undefined && { label }),
  };
}

/** One signature as wipefs lists it. */
export interface Signature {
  readonly type: string;
  /** Bytes from the beginning of the device, as text with 0x. */
  readonly offset: string;
}

/**
 * Every signature of a device, also several at once; nothing is written.
 *
 * @throws HwError Internal if wipefs prints something else
 */
export async function listSignatures(
  tools: HostTools,
  device: string,
  signal?: AbortSignal,
): Promise<readonly Signature[]> {
  const printed = await tools.expect(['wipefs', '--no-act', '--json', device], signal && { signal });
  // Of a device without any, some versions print nothing at all.
  return printed.trim() === '' ? [] : parseSignatures(printed);
}

/** Reads the JSON of wipefs. */
export function parseSignatures(text: string): Signature[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HwError('Internal', 'wipefs printed no JSON', { cause });
  }
  const list: unknown =
    typeof value === 'object' && value !== null && 'signatures' in value ? value.signatures : undefined;
  if (!Array.isArray(list)) throw new HwError('Internal', 'wipefs printed no list of signatures');
  return list.map((entry: unknown) => {
    const row: Readonly<Record<string, unknown>> =
      typeof entry === 'object' && entry !== null ? { ...entry } : {};
    return { type: word(row.type), offset: word(row.offset) };
  });
}

function word(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}
