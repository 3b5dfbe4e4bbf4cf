import { cxiDrivers } from '@rackwright/api';
import { type ActionOutcome, executePlan } from '@rackwright/controller';
import { cxi } from '@rackwright/keys';
import {
  type ConfigMap,
  type DaemonSet,
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  resources,
} from '@rackwright/kube';
import { addFinalizer, dropFinalizer, type Finalizer } from '@rackwright/manager';
import { cleanUp } from './clean-up.ts';
import type { Plan } from './plan.ts';

const finalizer: Finalizer = {
  type: cxiDrivers,
  name: cxi.finalizer,
  fieldManager: cxi.fieldManager.operator,
};

/** The calls a plan is carried out with. */
export type Writer = Pick<KubeClient, 'apply' | 'create' | 'delete' | 'list' | 'patch' | 'update'>;

/**
 * Carries out everything of `plan` in its order. A refused action on an owned
 * object does not keep the others from being tried: its error is in the
 * outcomes. Anything else that fails ends it.
 *
 * Possible errors: KubeError of the call that failed; Conflict when somebody
 * else wrote first, which the next try sees.
 */
export async function carryOut(
  client: Writer,
  driver: KubeObject | undefined,
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly ActionOutcome[]> {
  if (driver !== undefined && plan.addFinalizer) await addFinalizer(client, driver, finalizer, signal);
  // While a driver is deleted its successor waits for the record, so it is cleared last.
  if (plan.record !== undefined && !plan.dropFinalizer) await writeRecord(client, plan.record, signal);
  for (const daemonSet of plan.orphan) await remove(client, daemonSet, 'Orphan', signal);
  for (const daemonSet of plan.remove) await remove(client, daemonSet, 'Foreground', signal);
  const outcomes = await executePlan(client, plan.actions, {
    fieldManager: cxi.fieldManager.operator,
    signal,
  });
  if (outcomes.some(({ error }) => error !== undefined)) return outcomes;
  if (plan.cleanUp) await cleanUp(client, signal);
  if (plan.record !== undefined && plan.dropFinalizer) await writeRecord(client, plan.record, signal);
  if (driver !== undefined && plan.dropFinalizer) await dropFinalizer(client, driver, finalizer, signal);
  return outcomes;
}

async function writeRecord(client: Writer, record: ConfigMap, signal: AbortSignal): Promise<void> {
  if (record.metadata?.resourceVersion === undefined)
    await client.create(resources.configMaps, record, { signal });
  else await client.update(resources.configMaps, record, { signal });
}

async function remove(
  client: Writer,
  { metadata = {} }: DaemonSet,
  propagationPolicy: 'Orphan' | 'Foreground',
  signal: AbortSignal,
): Promise<void> {
  const { name = '', namespace = '', uid } = metadata;
  const preconditions = uid === undefined ? {} : { preconditions: { uid } };
  const options = { propagationPolicy, ...preconditions, signal };
  await ignoreNotFound(client.delete(resources.daemonSets, { namespace, name }, options));
}
