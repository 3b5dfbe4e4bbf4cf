import type { Bed } from './bed.ts';

/** Notes a fact for the comparison of beds: the same fact must read the same on each. */
export type Find = (fact: string, value: unknown) => void;

/** One thing a user can see working, run on every bed that can carry it. */
export interface Case<B = Bed> {
  /** What the user sees, one sentence. */
  readonly name: string;
  /** Time limit in milliseconds; default two minutes. */
  readonly deadlineMs?: number;
  /** The only kind of bed that can show it; default every one. */
  readonly only?: Bed['kind'];
  /** Resolves when it holds; throws with what was seen instead. */
  run(bed: B, find: Find): Promise<void>;
}

/** How one case ended. */
export interface CaseResult {
  readonly name: string;
  readonly seconds: number;
  /** The failure as one text; absent when the case passed. */
  readonly failure?: string;
  /** How it failed the first time, when it was run twice. */
  readonly unsteady?: string;
  /** Facts the case noted, as text. */
  readonly findings?: Readonly<Record<string, string>>;
}
