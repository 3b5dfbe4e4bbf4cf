import { HwError } from '@rackwright/core';
import {
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  type ResourceType,
  resources,
} from '@rackwright/kube';
import { applyOwned, ownKey } from './apply-owned.ts';
import { driftOf } from './drift.ts';
import { goesAfterItsPods } from './ending.ts';
import { groupOf } from './owner.ts';
import { NotOwned } from './ownership.ts';
import type { Action } from './plan.ts';

/** What came of one action. */
export interface ActionOutcome {
  readonly action: Action;
  /** The object as the server has it now; absent after a failure and when it is gone. */
  readonly object?: KubeObject;
  /** Why the server refused. */
  readonly error?: unknown;
  /**
   * The fields, in words, that are not as they were applied although the server
   * accepted: somebody changes them on the way, or the server does not keep them.
   * Absent when the apply took effect.
   */
  readonly unapplied?: readonly string[];
}

export interface ExecuteOptions {
  /** Owner of the fields we set. */
  readonly fieldManager: string;
  readonly signal: AbortSignal;
  /** Kinds beside Kubernetes' own that occur in the plan. */
  readonly types?: readonly ResourceType[];
}

/** The calls a plan is carried out with. */
export type PlanWriter = Pick<KubeClient, 'apply' | 'delete' | 'patch'>;

/**
 * Carries a plan out, in its order: server-side apply and delete. A failed
 * action does not keep the others from being tried; every outcome is returned.
 * Workloads stay, ending, until their last pod has ended; one to be recreated is
 * only deleted, as planning again once it is gone creates it. An object that is
 * gone already counts as deleted; one that was replaced by a namesake since it
 * was seen is not deleted. An object that is not ours is written to only if it is
 * to be adopted: the outcome is `NotOwned` otherwise. An apply that the server accepts and that does not take
 * effect is told by `unapplied`. Needs the rights to create, patch and delete.
 *
 * @throws the signal's reason after an abort
 */
export async function executePlan(
  client: PlanWriter,
  actions: readonly Action[],
  options: ExecuteOptions,
): Promise<readonly ActionOutcome[]> {
  const outcomes: ActionOutcome[] = [];
  for (const action of actions) {
    options.signal.throwIfAborted();
    try {
      outcomes.push(outcomeOf(action, await execute(client, action, options)));
    } catch (error) {
      options.signal.throwIfAborted();
      outcomes.push({ action, error });
    }
  }
  return outcomes;
}

/**
 * Throws the first failure among `outcomes`, if any, so that the work queue
 * tries again.
 */
export function throwFailure(outcomes: readonly ActionOutcome[]): void {
  const failed = outcomes.find(({ error }) => error !== undefined);
  if (failed !== undefined) throw failed.error;
}

function outcomeOf(action: Action, object: KubeObject | undefined): ActionOutcome {
  if (object === undefined) return { action };
  // What is ending was not applied to.
  const ends = action.verb === 'delete' || object.metadata?.deletionTimestamp !== undefined;
  const unapplied = ends ? [] : driftOf(action.object, object);
  return unapplied.length === 0 ? { action, object } : { action, object, unapplied };
}

async function execute(
  client: PlanWriter,
  action: Action,
  { fieldManager, signal, types = [] }: ExecuteOptions,
): Promise<KubeObject | undefined> {
  const { verb, object, recreate } = action;
  if (verb === 'refuse') throw refusalOf(action);
  const type = typeOf(object, types);
  if (verb === 'delete' || recreate === true) {
    const ending = await remove(client, type, action, signal);
    // Its successor comes when it is gone, which whoever watches it sees.
    if (verb === 'delete' || ending !== undefined) return ending;
  }
  const applied = await applyOwned(client, action, { type, fieldManager, signal });
  if (applied.metadata?.deletionTimestamp === undefined) return applied;
  throw new HwError('Unavailable', `${type.kind} ${keyOf(object)} is still being deleted`);
}

function refusalOf({ object, why, foreign }: Action): HwError {
  if (foreign === true) return new NotOwned(object, why.join('; '));
  return new HwError('FailedPrecondition', `${object.kind ?? ''} ${keyOf(object)}: ${why.join('; ')}`, {
    remedy: 'ask for what it has, or delete it by hand if nothing in it is needed any more',
  });
}

async function remove(
  client: PlanWriter,
  type: ResourceType,
  { object, uid, background, keepPods }: Action,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  if (uid === undefined)
    throw new HwError('InvalidArgument', `${type.kind} ${keyOf(object)} without a uid is not deleted`);
  const waits = goesAfterItsPods(type.kind) && background !== true;
  const propagationPolicy = keepPods === true ? 'Orphan' : waits ? 'Foreground' : 'Background';
  const options = { propagationPolicy, preconditions: { uid }, signal } as const;
  return ignoreNotFound(client.delete(type, ownKey(object), options));
}

function typeOf(object: KubeObject, types: readonly ResourceType[]): ResourceType {
  const group = groupOf(object.apiVersion ?? '');
  const all = [...types, ...Object.values<ResourceType>(resources)];
  const type = all.find((candidate) => candidate.kind === object.kind && candidate.group === group);
  if (type === undefined) {
    throw new HwError('InvalidArgument', `unknown kind ${object.apiVersion ?? ''} ${object.kind ?? ''}`, {
      remedy: 'name its resource type in the options',
    });
  }
  return type;
}
