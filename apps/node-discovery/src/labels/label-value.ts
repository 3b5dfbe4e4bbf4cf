import { maxLabelLength } from '@rackwright/core';

/** Labels by key. */
export type Labels = Readonly<Record<string, string>>;

/** Text as the value of a label, other characters as `-`; undefined if nothing is left. */
export function labelValue(text: string): string | undefined {
  const value = text
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, maxLabelLength)
    .replace(/[^A-Za-z0-9]+$/, '');
  return value === '' ? undefined : value;
}

/** The one text of all, or `mixed`; undefined when none is known. */
export function commonValue(texts: readonly (string | undefined)[]): string | undefined {
  const different = new Set(texts);
  const [only] = different;
  return different.size > 1 ? 'mixed' : only;
}

/** The labels that have a value. */
export function withValues(labels: Readonly<Record<string, string | undefined>>): Labels {
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Bytes as whole gigabytes of 10^9. */
export function gigabytes(bytes: bigint): string {
  return String(bytes / 1_000_000_000n);
}
