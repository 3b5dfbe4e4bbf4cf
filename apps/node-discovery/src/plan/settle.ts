import type { Discovered } from '../labels/discover.ts';
import type { Labels } from '../labels/label-value.ts';
import { sourceOf } from '../labels/sources.ts';

/** Looks in a row that must find a label's hardware gone before the label is withdrawn. */
export const absencesToWithdraw = 3;

/** For each label whose hardware was not found: how many looks in a row. */
export type Absences = ReadonlyMap<string, number>;

/** Whether the next look without it would be the one that withdraws a label of ours. Pure. */
export function isAboutToGo(key: string, { parts }: Discovered, own: Labels, absences: Absences): boolean {
  const source = sourceOf(key);
  if (own[key] === undefined || source === undefined) return false;
  const { labels, unread } = parts[source];
  const isSeen = unread.length > 0 || labels[key] !== undefined;
  return !isSeen && (absences.get(key) ?? 0) + 1 >= absencesToWithdraw;
}

/** What is to be published after one look. */
export interface Settled {
  readonly labels: Labels;
  readonly absences: Absences;
}

/**
 * Joins what one look found with what the Node says: a label is withdrawn only
 * after several looks that could read the host and did not find its hardware.
 * A look that could not changes nothing. What is remembered beside the counts
 * is the Node itself, so a restart withdraws nothing. Pure.
 *
 * @param own the labels this program has on the Node
 * @param kept labels that stay although their hardware is gone
 */
export function settle(
  { parts }: Discovered,
  own: Labels,
  absences: Absences,
  kept: readonly string[] = [],
): Settled {
  const labels: Record<string, string> = {};
  const counts = new Map<string, number>();
  for (const part of Object.values(parts)) {
    if (part.unread.length === 0) Object.assign(labels, part.labels);
  }
  for (const [key, value] of Object.entries(own)) {
    if (Object.hasOwn(labels, key)) continue;
    const source = sourceOf(key);
    const isUnread = source !== undefined && parts[source].unread.length > 0;
    const count = (absences.get(key) ?? 0) + (isUnread ? 0 : 1);
    if (count >= absencesToWithdraw && !kept.includes(key)) continue;
    labels[key] = value;
    if (count > 0) counts.set(key, count);
  }
  return { labels, absences: counts };
}
