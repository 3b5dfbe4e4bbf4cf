import type { Bed } from './bed.ts';

/** One thing a user can see working, run on every bed that can carry it. */
export interface Case {
  /** What the user sees, one sentence. */
  readonly name: string;
  /** Time limit in milliseconds; default two minutes. */
  readonly deadlineMs?: number;
  /** Resolves when it holds; throws with what was seen instead. */
  run(bed: Bed): Promise<void>;
}

/** How one case ended. */
export interface CaseResult {
  readonly name: string;
  readonly seconds: number;
  /** The failure as one text; absent when the case passed. */
  readonly failure?: string;
}
