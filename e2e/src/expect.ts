import { inspect } from 'node:util';
import { HwError } from '@rackwright/core';

/** Throws, naming `what`, unless `actual` equals `expected` deeply. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [a, e] = [inspect(actual, { depth: 8, sorted: true }), inspect(expected, { depth: 8, sorted: true })];
  if (a !== e) throw new HwError('FailedPrecondition', `${what}: expected ${e}, got ${a}`);
}

/** Throws, naming `what`, unless `condition` holds; `seen` says what was there instead. */
export function expectThat(what: string, condition: boolean, seen: unknown): asserts condition {
  if (!condition)
    throw new HwError(
      'FailedPrecondition',
      `${what}; got ${typeof seen === 'string' ? seen : inspect(seen, { depth: 6 })}`,
    );
}
