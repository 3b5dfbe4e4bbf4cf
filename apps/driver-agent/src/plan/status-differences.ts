import { isDeepStrictEqual } from 'node:util';
import type { CxiDeviceStatus } from '@rackwright/api';
import type { StatusFacts } from './device-status.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether a stored status holds all the facts. Times and the retry handler's
 * counters, which change all the time, do not count: they are written along
 * with the next change or heartbeat.
 */
export function statusMatches(stored: CxiDeviceStatus | undefined, facts: StatusFacts): boolean {
  const told = stored?.conditions ?? [];
  return (
    includes(stored, comparable(facts)) &&
    facts.conditions.every((fact) => told.some((condition) => includes(condition, { ...fact })))
  );
}

/** A merge patch that removes what a stored status holds beyond the facts, or undefined. */
export function staleFields(stored: CxiDeviceStatus, facts: StatusFacts): Fields | undefined {
  return removal(comparable(stored), comparable(facts));
}

/** Without what changes by itself, and without conditions: those of other writers are theirs. */
function comparable(status: CxiDeviceStatus | StatusFacts): Fields {
  const { conditions: _, retryHandler, health, ...rest } = status;
  const copy: Record<string, unknown> = rest;
  if (retryHandler !== undefined) {
    const { stats: _stats, ...kept } = retryHandler;
    copy.retryHandler = kept;
  }
  if (health !== undefined) {
    const { lastCheck: _lastCheck, ...kept } = { lastCheck: undefined, ...health };
    copy.health = kept;
  }
  return copy;
}

function includes(stored: unknown, facts: Fields): boolean {
  return Object.entries(facts).every(([key, value]) => {
    const other = isFields(stored) ? stored[key] : undefined;
    return isFields(value) ? isFields(other) && includes(other, value) : isDeepStrictEqual(other, value);
  });
}

function removal(stored: Fields, facts: Fields): Fields | undefined {
  const patch: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(stored)) {
    const fact = facts[key];
    if (fact === undefined) patch[key] = null;
    else if (isFields(value) && isFields(fact)) {
      const below = removal(value, fact);
      if (below !== undefined) patch[key] = below;
    }
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
