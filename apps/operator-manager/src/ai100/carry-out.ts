import { aidaptivCaches } from '@rackwright/api';
import { type ActionOutcome, executePlan } from '@rackwright/controller';
import { aidaptivCache } from '@rackwright/keys';
import type { KubeClient, KubeObject } from '@rackwright/kube';
import { addFinalizer, dropFinalizer, type Finalizer } from '@rackwright/manager';
import { writeNodes } from './nodes/write-nodes.ts';
import type { Plan } from './plan.ts';

const fieldManager = aidaptivCache.fieldManager.operator;
const finalizer: Finalizer = { type: aidaptivCaches, name: aidaptivCache.finalizer, fieldManager };

/** The calls a plan is carried out with. */
export type Writer = Pick<KubeClient, 'apply' | 'delete' | 'list' | 'patch'>;

/**
 * Carries out everything of `plan` in its order: the finalizer first, then what
 * is owned, then Nodes; the finalizer goes last.
 *
 * Possible errors: KubeError of the call that failed; Conflict when somebody
 * else wrote first, which the next try sees.
 */
export async function carryOut(
  client: Writer,
  cache: KubeObject | undefined,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly ActionOutcome[]> {
  if (cache !== undefined && plan.finalizer === 'add') await addFinalizer(client, cache, finalizer, signal);
  const outcomes = await executePlan(client, plan.actions, { fieldManager, signal });
  await writeNodes(client, plan.nodeWrites, signal);
  const isDone = outcomes.every(({ error }) => error === undefined);
  if (cache !== undefined && plan.finalizer === 'drop' && isDone)
    await dropFinalizer(client, cache, finalizer, signal);
  return outcomes;
}
