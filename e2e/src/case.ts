import type { TestEnvironment } from './test-environment.ts';

/** One fault that was injected: what was expected, within which time, and what was measured, in seconds. */
export interface MeasuredFault {
  readonly fault: string;
  readonly expected: string;
  readonly limit: number;
  readonly seconds: number;
  readonly recovery: number;
}

/** Where a case leaves what it found. */
export interface Recorder {
  /** A fact for the comparison of environments: the same fact must read the same on each. */
  (fact: string, value: unknown): void;
  /** A line with measured figures for the end of the run. */
  figure(line: string): void;
  /** A row of the table of faults. */
  fault(row: MeasuredFault): void;
}

/** One thing a user can see working, run on every environment that can carry it. */
export interface Case<B = TestEnvironment> {
  /** What the user sees, one sentence. */
  readonly name: string;
  /** Time limit in milliseconds; default four minutes. */
  readonly deadlineMs?: number;
  /** The only kind of environment that can show it; default every one. */
  readonly only?: TestEnvironment['kind'];
  /** Takes minutes for what quicker tests see too: runs with `RACKWRIGHT_LONG_TESTS=1`. */
  readonly long?: boolean;
  /**
   * Cases that follow one another and name lanes run at the same time, those of one lane one
   * after the other. For what mostly waits, and changes nothing that cases of the other lanes see.
   */
  readonly lane?: string;
  /** Resolves when it holds; throws with what was seen instead. */
  run(testEnv: B, record: Recorder): Promise<void>;
}

/** These cases in a lane. */
export function inLane<B = TestEnvironment>(lane: string, ...cases: readonly Case<B>[]): Case<B>[] {
  return cases.map((item) => ({ ...item, lane }));
}

/** How one case ended. */
export interface CaseResult {
  readonly name: string;
  readonly seconds: number;
  /** The failure as one text; absent when the case passed. */
  readonly failure?: string;
  /** How it failed the first time, when it was run twice. */
  readonly unsteady?: string;
  /** Facts the case recorded, as text. */
  readonly findings?: Readonly<Record<string, string>>;
  readonly figures?: readonly string[];
  readonly faults?: readonly MeasuredFault[];
}
