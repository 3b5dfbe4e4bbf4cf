import type { RecoveryAction } from './settings.ts';

/** What is to be done about one drive that failed, and why. Every decision is logged and counted. */
export type Decision = {
  /** Serial number. */
  readonly target: string;
  /** One CamelCase word. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
} & (
  | { readonly kind: 'act'; readonly action: RecoveryAction; readonly needsPermit: boolean }
  /** Nothing that may be done fits; counts as an attempt. */
  | { readonly kind: 'nothing' }
  /** It is left to people. */
  | { readonly kind: 'giveUp' }
  /** Not now. */
  | { readonly kind: 'wait' }
);

/** Why something is not done. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
  /** It is worth waiting for the time when it may be. */
  readonly passes?: true;
}
