import type { Clock } from '@rackwright/core';
import { appliedHash } from './applied-hash.ts';
import type { ActionOutcome } from './execute.ts';
import { type Action, identity } from './plan.ts';

/** An update that is put off, because putting the same fields right did not last. */
export interface HeldAction {
  readonly action: Action;
  /** The fields that are not as they should be, in words. */
  readonly fields: readonly string[];
  /** Changed before it was stored, as an admission policy or webhook does; otherwise undone afterwards. */
  readonly onTheWay: boolean;
  /** Milliseconds until it is tried again. */
  readonly dueInMs: number;
}

interface Record {
  /** Digest of what was applied: another wish is tried at once. */
  readonly wish: string | undefined;
  readonly tries: number;
  /** When the first of them was, on the monotonic clock, as the next two. */
  readonly since: number;
  readonly fields: readonly string[];
  readonly onTheWay: boolean;
  readonly dueAt: number;
  readonly triedAt: number;
}

/** Repairs before somebody is taken to undo them, and for how long: a cache may be that far behind. */
const [free, graceMs] = [3, 2000];
const [shortestMs, longestMs] = [10_000, 300_000];

/**
 * Keeps a controller from fighting. Some applies change nothing, as an admission
 * policy or webhook changes the object on its way; some are undone by another
 * program at once. Both are tried again, more and more seldom, at most every five
 * minutes, and until then their drift is known without another request.
 */
export class RepairPace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #records = new Map<string, Record>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** What of a plan to carry out now, and what to put off. */
  split(actions: readonly Action[]): { due: Action[]; held: HeldAction[] } {
    const now = this.#clock.monotonic();
    const due: Action[] = [];
    const held: HeldAction[] = [];
    for (const action of actions) {
      const record = this.#recordOf(action);
      if (record === undefined || record.dueAt <= now) due.push(action);
      else held.push({ action, ...drift(record), dueInMs: record.dueAt - now });
    }
    return { due, held };
  }

  /** Takes down what came of `outcomes`; returns those that did not take effect, to be tried again. */
  note(outcomes: readonly ActionOutcome[]): HeldAction[] {
    const now = this.#clock.monotonic();
    this.#forget(now);
    return outcomes.flatMap(({ action, error, unapplied = [] }) => {
      if (error !== undefined || !isApplied(action)) return [];
      if (unapplied.length === 0 && action.verb === 'create') return [];
      const { tries: before = 0, since = now } = this.#recordOf(action) ?? {};
      const tries = before + 1;
      const undone = now - since < graceMs ? 0 : tries - free;
      const waitMs = waitAfter(unapplied.length > 0 ? tries : undone);
      const onTheWay = unapplied.length > 0;
      const fields = onTheWay ? unapplied : action.why;
      const wish = appliedHash(action.object);
      this.#records.set(identity(action.object), {
        ...{ wish, tries, since, fields, onTheWay },
        ...{ dueAt: now + waitMs, triedAt: now },
      });
      return onTheWay ? [{ action, fields, onTheWay, dueInMs: waitMs }] : [];
    });
  }

  /** The record of an update to the same wish; a new wish starts anew. */
  #recordOf(action: Action): Record | undefined {
    const { object } = action;
    const record = isApplied(action) ? this.#records.get(identity(object)) : undefined;
    return record?.wish === appliedHash(object) ? record : undefined;
  }

  /** What has held for long is forgotten. */
  #forget(now: number): void {
    for (const [key, { triedAt }] of this.#records) {
      if (now - triedAt > 2 * longestMs) this.#records.delete(key);
    }
  }
}

function isApplied({ verb }: Action): boolean {
  return verb === 'create' || verb === 'update';
}

function drift({ fields, onTheWay }: Record): Pick<HeldAction, 'fields' | 'onTheWay'> {
  return { fields, onTheWay };
}

function waitAfter(tries: number): number {
  return tries < 1 ? 0 : Math.min(longestMs, shortestMs * 2 ** Math.min(tries - 1, 16));
}
