import {
  type AidaptivCache,
  aidaptivCaches,
  type PhisonDeviceOperator,
  phisonDeviceOperators,
} from '@rackwright/api';
import { type ActionOutcome, executePlan } from '@rackwright/controller';
import type { Clock } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import type { KubeClient } from '@rackwright/kube';
import { type Attempt, isTerminating, type ReconcileSteps, type Report } from '@rackwright/manager';
import { type OlderPlan, type OlderSnapshot, planOlder } from './plan.ts';
import { olderEvents, olderStatus } from './status.ts';

interface Cache<T> {
  get(key: string): T | undefined;
  list(): readonly T[];
}

/** What the steps of a reconcile work with. */
export interface OlderStepsOptions {
  readonly olders: Cache<PhisonDeviceOperator>;
  readonly caches: Cache<AidaptivCache>;
  readonly client: Pick<KubeClient, 'apply' | 'delete' | 'patch'>;
  readonly clock: Clock;
}

/** Makes the AidaptivCache of a PhisonDeviceOperator; decisions are in `planOlder`. */
export class OlderSteps implements ReconcileSteps<OlderSnapshot, OlderPlan> {
  readonly type = phisonDeviceOperators;
  readonly fieldManager = aidaptivCache.fieldManager.older;
  readonly logField = 'phisondeviceoperator';
  readonly #options: OlderStepsOptions;

  constructor(options: OlderStepsOptions) {
    this.#options = options;
  }

  takeSnapshot(key: string): OlderSnapshot {
    const { olders, caches } = this.#options;
    return { key, object: olders.get(key), all: olders.list(), cache: caches.get(aidaptivCache.name) };
  }

  objectOf({ object }: OlderSnapshot): PhisonDeviceOperator | undefined {
    return object;
  }

  plan(snapshot: OlderSnapshot): OlderPlan {
    return planOlder(snapshot);
  }

  carryOut(
    _snapshot: OlderSnapshot,
    { actions }: OlderPlan,
    signal: AbortSignal,
  ): Promise<readonly ActionOutcome[]> {
    const { fieldManager } = this;
    return executePlan(this.#options.client, actions, { fieldManager, signal, types: [aidaptivCaches] });
  }

  async report(
    { object, cache }: OlderSnapshot,
    plan: OlderPlan,
    { failure }: Attempt,
  ): Promise<Report | undefined> {
    if (object === undefined || isTerminating(object)) return undefined;
    const now = this.#options.clock.now();
    const status = olderStatus({ object, plan, cache, failure: failure?.message, now });
    return { status, events: olderEvents(object.status, status) };
  }
}
