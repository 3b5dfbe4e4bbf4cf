import { type CxiDriverStatus, cxiDrivers } from '@rackwright/api';
import type { ActionOutcome } from '@rackwright/controller';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import type { KubeObject, ResourceType } from '@rackwright/kube';
import {
  AgentInspector,
  type Attempt,
  awaitedDaemonSets,
  earliest,
  newestDaemonSets,
  planFailureOf,
  type ReconcileSteps,
  type Report,
} from '@rackwright/manager';
import type { Claims } from '../claim/claims.ts';
import { type Component, cxiRollout } from './component.ts';
import { describeDrift } from './drift.ts';
import { eventsOf } from './events.ts';
import { type Plan, planDriver } from './plan.ts';
import type { CxiSettings } from './settings.ts';
import { agentsOf, type Caches, type Snapshot, takeSnapshot } from './snapshot.ts';
import { shownComponents, statusOf } from './status.ts';
import { carryOut, type Writer } from './steps.ts';
import { type VirtualNodeCount, VirtualNodes } from './virtual-nodes.ts';

/** What the steps of a reconcile work with. */
export interface DriverStepsOptions {
  readonly caches: Caches;
  readonly client: Writer;
  readonly claims: Pick<Claims, 'admit'>;
  readonly settings: CxiSettings;
  /** What the CRDs lack of this version; undefined when they lack nothing. */
  readonly crdShortfall: Latest<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
}

type StoredDriver = KubeObject & { readonly status?: CxiDriverStatus };

/** Until the next look at a CXIDriver that another installation has a claim on, in milliseconds. */
const claimedElsewhereMs = 10_000;

/**
 * Brings one CXIDriver to what its spec says. All decisions are in `planDriver`
 * and `statusOf`; here is only what they are made from.
 */
export class DriverSteps implements ReconcileSteps<Snapshot, Plan> {
  readonly type: ResourceType = cxiDrivers;
  readonly fieldManager = cxi.fieldManager.operator;
  readonly logField = 'driver';
  readonly #options: DriverStepsOptions;
  readonly #inspector: AgentInspector<Component>;
  readonly #virtualNodes: VirtualNodes;

  constructor(options: DriverStepsOptions) {
    this.#options = options;
    this.#inspector = new AgentInspector({ ...options, kind: cxiRollout });
    this.#virtualNodes = new VirtualNodes(options);
  }

  takeSnapshot(name: string): Snapshot {
    const { caches, settings, clock } = this.#options;
    return takeSnapshot(name, caches, { namespace: settings.namespace, now: clock.now() });
  }

  objectOf({ driver }: Snapshot): StoredDriver | undefined {
    return driver;
  }

  async notOursMs(driver: StoredDriver, signal: AbortSignal): Promise<number | undefined> {
    return (await this.#options.claims.admit(driver, signal)) ? undefined : claimedElsewhereMs;
  }

  plan(snapshot: Snapshot): Plan {
    return planDriver(snapshot, this.#options.settings);
  }

  carryOut({ name, driver }: Snapshot, plan: Plan, signal: AbortSignal): Promise<readonly ActionOutcome[]> {
    const { stage, reason, message, actions } = plan;
    const fields = { driver: name, stage, ...(reason === '' ? {} : { reason, message }) };
    this.#options.logger.debug('planned', { ...fields, actions: actions.length });
    return carryOut(this.#options.client, driver, plan, signal);
  }

  async report(
    snapshot: Snapshot,
    plan: Plan,
    attempt: Attempt,
    signal: AbortSignal,
  ): Promise<Report | undefined> {
    const object: StoredDriver | undefined = snapshot.driver;
    const finished = plan.dropFinalizer && plan.stage === 'deleting' && attempt.failure === undefined;
    if (object === undefined || finished) return undefined;
    const { settings, clock, crdShortfall } = this.#options;
    const daemonSets = newestDaemonSets(agentsOf(snapshot, settings.namespace).daemonSets, attempt.outcomes);
    const awaited = awaitedDaemonSets(shownComponents({ plan, daemonSets }), daemonSets);
    const { failures, againAfterMs } = await this.#inspector.inspect(snapshot.name, awaited, signal);
    const skipped = await this.#countSkipped(plan, signal);
    const { status, changesAfterMs } = statusOf({
      ...{ object, plan, daemonSets, failures },
      rebootNodes: snapshot.rebootNodes,
      planFailure: planFailureOf(attempt.failure, cxiRollout),
      drift: describeDrift(attempt.drifted),
      crdShortfall: crdShortfall.value,
      skipped: skipped.count,
      now: clock.now(),
    });
    return {
      status,
      events: eventsOf(plan, attempt.outcomes, object.status, status),
      againAfterMs: earliest([changesAfterMs, againAfterMs, skipped.againAfterMs]),
    };
  }

  /** The admission webhook and the heartbeat keep something in it, too. */
  ownStatus(status: CxiDriverStatus): CxiDriverStatus {
    const { webhookReady: _webhook, lastHeartbeatTime: _heartbeat, ...own } = status;
    return own;
  }

  async #countSkipped({ stage, driver }: Plan, signal: AbortSignal): Promise<VirtualNodeCount> {
    if (stage !== 'active' || driver === undefined) return { count: 0 };
    return await this.#virtualNodes.count(driver.spec.nodeSelector ?? {}, signal);
  }
}
