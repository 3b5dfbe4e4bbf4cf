import type { AIStore } from '@rackwright/api';
import { type ActionOutcome, type ExecuteOptions, executePlan, NotOwned } from '@rackwright/controller';
import { ignoreNotFound, type KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { names } from './identity.ts';

type Writer = Pick<KubeClient, 'apply' | 'delete' | 'patch'>;

/**
 * Takes over what the older operator made, which has no labels that say so: what stands where an
 * object of the cluster is wanted, and has the cluster as its controller. Outcomes of all others stay as they are.
 */
export async function adoptOwn(
  client: Writer,
  { metadata: { uid } = {} }: AIStore,
  outcomes: readonly ActionOutcome[],
  options: ExecuteOptions,
): Promise<readonly ActionOutcome[]> {
  const result: ActionOutcome[] = [];
  for (const outcome of outcomes) {
    const isOwn = outcome.error instanceof NotOwned && isControlledBy(outcome.error.found, uid);
    const adopted = isOwn
      ? await executePlan(client, [{ ...outcome.action, adopt: true }], options)
      : [outcome];
    result.push(...adopted);
  }
  return result;
}

/** Deletes the ConfigMap of statsd, which operators of before 2.0 made for a cluster (ais.md §2.2). */
export async function removeStatsdConfig(
  client: Writer,
  { metadata: { name = '', namespace = '', uid } = {} }: AIStore,
  signal: AbortSignal,
): Promise<void> {
  const key = { namespace, name: names.statsdConfig(name) };
  // A patch of nothing reads it without the right to get.
  const reading = client.patch(resources.configMaps, key, {}, { strategy: 'merge', signal });
  const found = await ignoreNotFound(reading);
  const own = found?.metadata?.uid;
  if (found === undefined || own === undefined || !isControlledBy(found, uid)) return;
  await ignoreNotFound(client.delete(resources.configMaps, key, { preconditions: { uid: own }, signal }));
}

function isControlledBy({ metadata }: KubeObject, uid: string | undefined): boolean {
  return metadata?.ownerReferences?.some((one) => one.controller === true && one.uid === uid) === true;
}
