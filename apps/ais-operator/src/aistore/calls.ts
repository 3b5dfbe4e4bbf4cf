import type { ConfigPart } from './manifests/cluster-config.ts';

/** Something asked of AIStore that changes a cluster. Calls of a plan are made in their order, before anything else. */
export type AisCall =
  | { readonly kind: 'set primary'; readonly node: string; readonly pod: string }
  | {
      readonly kind: 'start maintenance';
      readonly node: string;
      readonly pod: string;
      readonly rebalance: boolean;
    }
  | { readonly kind: 'stop maintenance'; readonly node: string; readonly pod: string }
  | {
      readonly kind: 'decommission';
      readonly node: string;
      readonly pod: string;
      readonly removeUserData: boolean;
      /** It goes on without. */
      readonly optional?: true;
    }
  | { readonly kind: 'set config'; readonly config: ConfigPart }
  | { readonly kind: 'rebalance' }
  /** With `optional` its pods end though it does not. */
  | { readonly kind: 'shut down'; readonly optional?: true }
  | { readonly kind: 'decommission cluster'; readonly removeUserData: boolean; readonly optional?: true };

/** A call in words, for logs and events. */
export function describeCall(call: AisCall): string {
  return 'pod' in call ? `${call.kind} of ${call.pod} (${call.node})` : call.kind;
}
