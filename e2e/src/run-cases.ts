import { type Clock, errorMessage, oneLine, withDeadline } from '@rackwright/core';
import type { Case, CaseResult, MeasuredFault, Recorder } from './case.ts';

/** In CI both kinds of nodes and a virtual machine share two processors. */
const defaultDeadlineMs = 240_000;

/** What running cases needs. */
export interface RunOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  /** Whether a case that failed is tried once more; what fails only the first time is unsteady, and does not count. */
  readonly again: boolean;
}

/**
 * Runs the cases on one environment, printing each as it ends: one after the other, but
 * those of different lanes at the same time. A failed case does not stop the next, and
 * is tried again when nothing runs beside it.
 *
 * @throws the signal's reason once it is aborted
 */
export async function runCases<B>(
  cases: readonly Case<B>[],
  testEnv: B,
  options: RunOptions,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const lanes of inTurn(cases)) {
    const ended = await Promise.all(lanes.map((lane) => runLane(lane, testEnv, options)));
    for (const { item, result } of ended.flat()) {
      if (result.failure === undefined || !options.again) results.push(result);
      else results.push(await runAgain(item, testEnv, { ...options, first: result.failure }));
    }
  }
  return results;
}

/** What runs in turn: a case by itself, or the lanes of cases that follow one another. */
function inTurn<B>(cases: readonly Case<B>[]): (readonly Case<B>[])[][] {
  const turns: Map<string | symbol, Case<B>[]>[] = [];
  let open = false;
  for (const item of cases) {
    if (!open || item.lane === undefined) turns.push(new Map());
    open = item.lane !== undefined;
    const turn = turns.at(-1);
    const lane = item.lane ?? Symbol(item.name);
    turn?.set(lane, [...(turn.get(lane) ?? []), item]);
  }
  return turns.map((turn) => [...turn.values()]);
}

async function runLane<B>(
  lane: readonly Case<B>[],
  testEnv: B,
  options: RunOptions,
): Promise<{ readonly item: Case<B>; readonly result: CaseResult }[]> {
  const ended: { readonly item: Case<B>; readonly result: CaseResult }[] = [];
  for (const item of lane) {
    options.signal.throwIfAborted();
    ended.push({ item, result: await runCase(item, testEnv, options) });
  }
  return ended;
}

/** One line for each case that failed: its name and what it said. */
export function failureLines(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ name, failure }) =>
    failure === undefined ? [] : [`failed: ${name}: ${oneLine(failure)}`],
  );
}

/** One line for each case that failed only the first time. */
export function unsteadyLines(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ name, failure, unsteady }) =>
    unsteady === undefined || failure !== undefined
      ? []
      : [`unsteady (passed when run again): ${name}: ${oneLine(unsteady)}`],
  );
}

async function runAgain<B>(
  item: Case<B>,
  testEnv: B,
  { first, ...options }: RunOptions & { readonly first: string },
): Promise<CaseResult> {
  options.print(`  running it again: ${item.name}`);
  return { ...(await runCase(item, testEnv, options)), unsteady: first };
}

async function runCase<B>(
  item: Case<B>,
  testEnv: B,
  { clock, signal, print }: RunOptions,
): Promise<CaseResult> {
  const started = clock.monotonic();
  const seconds = (): number => (clock.monotonic() - started) / 1000;
  const { record, recorded } = newRecord();
  try {
    await withDeadline(
      clock,
      item.deadlineMs ?? defaultDeadlineMs,
      item.name,
      () => item.run(testEnv, record),
      signal,
    );
    print(`✓ ${item.name} (${seconds().toFixed(1)} s)`);
    return { name: item.name, seconds: seconds(), ...recorded };
  } catch (error) {
    signal.throwIfAborted();
    const failure = errorMessage(error);
    print(`✗ ${item.name} (${seconds().toFixed(1)} s)\n    ${failure.replaceAll('\n', '\n    ')}`);
    return { name: item.name, seconds: seconds(), failure, ...recorded };
  }
}

/** A recorder, and what it is given. */
function newRecord() {
  const findings: Record<string, string> = {};
  const figures: string[] = [];
  const faults: MeasuredFault[] = [];
  const fact = (name: string, value: unknown): void => {
    findings[name] = typeof value === 'string' ? value : JSON.stringify(value);
  };
  const record: Recorder = Object.assign(fact, {
    figure: (line: string) => void figures.push(line),
    fault: (row: MeasuredFault) => void faults.push(row),
  });
  return { record, recorded: { findings, figures, faults } };
}
