import { HwError } from '@rackwright/core';

/** A part of a list and where the next one begins. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Empty at the end. */
  readonly nextToken: string;
}

/**
 * The entries after the one that `token` names, at most `maxEntries` (0 for all). A token
 * is the place of the next entry in the order of the list.
 *
 * @throws HwError Conflict for a token that was never given out, InvalidArgument for a number below zero
 */
export function pageOf<T>(all: readonly T[], token: string, maxEntries: number): Page<T> {
  if (maxEntries < 0)
    throw new HwError('InvalidArgument', 'max_entries is below zero', { field: 'max_entries' });
  const start = token === '' ? 0 : Number(token);
  if (!/^\d{0,9}$/.test(token) || start > all.length)
    throw new HwError('Conflict', 'starting_token is none of this driver', { field: 'starting_token' });
  const end = maxEntries === 0 ? all.length : Math.min(all.length, start + maxEntries);
  return { items: all.slice(start, end), nextToken: end < all.length ? `${end}` : '' };
}
