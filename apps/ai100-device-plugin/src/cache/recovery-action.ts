import type { CachePhase, CacheState } from './state.ts';
import type { ChangeStep } from './steps.ts';

/** Steps that bring a cache back that was ready before, Rebuild without its data. */
export type CacheRecoveryAction = 'Remount' | 'LvmReactivate' | 'Rebuild';

/** One of them, before it is done and after. */
export interface CacheRecovery {
  readonly action: CacheRecoveryAction;
  /** Name of the volume group. */
  readonly vg: string;
  readonly phase: 'Started' | 'Succeeded' | 'Failed';
  /** One sentence for people: why it is done, or why it failed. */
  readonly message: string;
}

const actions: Partial<Record<ChangeStep['kind'], CacheRecoveryAction>> = {
  mount: 'Remount',
  activate: 'LvmReactivate',
};

/** What a cache is at that has been used. */
const used: readonly CachePhase[] = ['Ready', 'MountFailed', 'Lost'];

/** What of recovery a step is; none while a cache is made, or found when the agent starts. Pure. */
export function recoveryAction(
  { kind, subject }: ChangeStep,
  { volumes }: CacheState,
): CacheRecoveryAction | undefined {
  if (kind === 'removeMissing') return 'Rebuild';
  const wasUsed = volumes.some(({ vg, state }) => vg === subject && used.includes(state));
  return wasUsed ? actions[kind] : undefined;
}
