import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import { isAllocatable, quarantine } from '@rackwright/hardware-nvme';
import type { HostReader } from '@rackwright/host';
import { ai100 } from '@rackwright/keys';
import type { EventNote } from '@rackwright/kube';
import type { CacheRecovery } from '../cache/index.ts';
import type { HealthTracker, TrackedDrive } from '../health/health-tracker.ts';
import type { CacheVolume } from '../units/volume.ts';
import { type ActionTools, perform } from './actions.ts';
import type { Decision } from './decision.ts';
import {
  type Attempt,
  type RecoveryHistory,
  withAttempt,
  withCacheAction,
  withRecovery,
  withResult,
} from './history.ts';
import type { HistoryFile } from './history-file.ts';
import type { RecoveryPermit, RecoveryPermits } from './permits.ts';
import { planRecovery } from './plan.ts';
import type { RecoveryReport } from './report.ts';
import { type RecoverySettings, recoveryLimits } from './settings.ts';
import { bootId, driveSituations } from './situation.ts';
import type { DriveSituation, NodeHold } from './snapshot.ts';
import { Tally } from './tally.ts';

/** What recovery works with. */
export interface RecoveryOptions {
  readonly tracker: Pick<HealthTracker, 'drives' | 'change' | 'askAgain'>;
  readonly files: HostReader;
  readonly settings: RecoverySettings;
  readonly actions: ActionTools;
  /** Absent for an agent without an API server: it does nothing that needs one. */
  readonly permits?: Pick<RecoveryPermits, 'acquire'>;
  /** What the cluster says against acting on this node now. */
  readonly hold: (signal: AbortSignal) => Promise<NodeHold | undefined>;
  /** Units that containers hold; undefined while nobody knows. */
  readonly allocatedUnits: (signal: AbortSignal) => Promise<number | undefined>;
  /** Since the host has started. */
  readonly uptimeMs: () => number;
  readonly file: Pick<HistoryFile, 'read' | 'write'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random: () => number;
  /** Tells people of an action. */
  readonly tell: (note: EventNote) => void;
  /** Called when an action has ended: the drive is to be looked at. */
  readonly ended: () => void;
}

type Act = Extract<Decision, { kind: 'act' }>;

/** Brings drives back that failed, one action at a time. */
export class Recovery {
  readonly #options: RecoveryOptions;
  /** Actions since the agent has started, by how they ended. */
  readonly actions = new Tally();
  /** Decisions at each look since then, by their reasons. */
  readonly decisions = new Tally();
  readonly #said = new Map<string, string>();
  #history: RecoveryHistory | undefined;
  #running: Promise<void> | undefined;
  /** What was done to caches since the last look. */
  readonly #ofCaches: CacheRecovery[] = [];

  constructor(options: RecoveryOptions) {
    this.#options = options;
  }

  /** What was tried with each drive. */
  get history(): RecoveryHistory {
    return this.#history ?? {};
  }

  get report(): RecoveryReport {
    const { history } = this;
    const inProgress = this.#running !== undefined;
    return { inProgress, history, actions: this.actions.counts, bootId: bootId(this.#options.files) };
  }

  /** Tells of what is done to a cache, and counts it, as of what is done to a drive. */
  tellOfCache(recovery: CacheRecovery): void {
    const { vg, action, phase, message } = recovery;
    const { recoveryStarted, recoveryFailed } = ai100.event;
    const { tell } = this.#options;
    const told = `cache ${vg}: ${action}`;
    if (phase === 'Started') {
      tell({ type: 'Normal', reason: recoveryStarted, message: `${told}; before: ${message}` });
      return;
    }
    this.actions.add(action, phase);
    this.#ofCaches.push(recovery);
    if (phase === 'Failed')
      tell({ type: 'Warning', reason: recoveryFailed, message: `${told} failed: ${message}` });
  }

  /** Decides after a look at the drives; an action runs on after it. @throws the signal's reason */
  async look(volumes: readonly CacheVolume[], signal: AbortSignal): Promise<void> {
    const { tracker, settings, logger } = this.#options;
    if (this.#running !== undefined) return;
    const drives = tracker.drives.value;
    try {
      await this.#keepOfCaches();
      if (settings.mode === 'Off') return;
      await this.#rest(drives);
      if (drives.some(({ health }) => health.state === 'Unhealthy' && health.memory.failure !== undefined))
        await this.#recover(drives, volumes, signal);
    } catch (error) {
      signal.throwIfAborted();
      logger.error('recovery failed', { error: errorMessage(error) });
    }
  }

  /** The right to make the cache anew now, given back when disposed; or why there is none. */
  async rebuildPermit(signal: AbortSignal): Promise<AsyncDisposable | string> {
    const { hold, uptimeMs, permits, logger } = this.#options;
    if (uptimeMs() < recoveryLimits.bootMs) return 'the node has started less than two minutes ago';
    const held = await hold(signal);
    if (held !== undefined) return held.message;
    // One action of a node at a time.
    if (this.#running !== undefined) return 'a drive of the node is being brought back';
    const permit = await permits?.acquire(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      logger.warn('no permit to make the cache anew', { error: errorMessage(error) });
      return undefined;
    });
    if (permit === undefined) return 'the cache waits for a permit of the cluster to be made anew';
    return { [Symbol.asyncDispose]: () => permit.release() };
  }

  /** Drives that are well again begin anew. */
  async #rest(drives: readonly TrackedDrive[]): Promise<void> {
    const { clock, settings } = this.#options;
    let history = await this.#known();
    for (const { serial, health } of drives)
      if (isAllocatable(health.state))
        history = withRecovery(history, serial, clock.now(), settings.cooldownMs);
    await this.#keep(history);
  }

  async #keepOfCaches(): Promise<void> {
    const { clock } = this.#options;
    if (this.#ofCaches.length === 0) return;
    const history = this.#ofCaches
      .splice(0)
      .reduce((known, one) => withCacheAction(known, one, clock.now()), await this.#known());
    await this.#keep(history);
  }

  async #known(): Promise<RecoveryHistory> {
    const { file, files } = this.#options;
    return this.#history ?? (await file.read(bootId(files)));
  }

  async #recover(
    drives: readonly TrackedDrive[],
    volumes: readonly CacheVolume[],
    signal: AbortSignal,
  ): Promise<void> {
    const { files, settings, clock, hold, allocatedUnits, uptimeMs } = this.#options;
    const held = await hold(signal);
    const situations = driveSituations(drives, volumes, files, await allocatedUnits(signal));
    const decisions = planRecovery({
      nowMs: clock.now(),
      settings,
      node: { uptimeMs: uptimeMs(), ...(held && { hold: held }) },
      drives: situations,
      history: this.history,
    });
    for (const decision of decisions) {
      const drive = situations.find(({ serial }) => serial === decision.target);
      if (drive !== undefined) await this.#carryOut(decision, drive, signal);
    }
  }

  async #carryOut(decision: Decision, drive: DriveSituation, signal: AbortSignal): Promise<void> {
    const { settings, tracker } = this.#options;
    const { kind, target, message } = decision;
    this.#say(decision);
    if (kind === 'nothing') return this.#attempt({ target, result: 'Nothing' });
    if (settings.mode === 'DryRun') {
      if (kind !== 'act') return;
      this.actions.add(decision.action, 'DryRun');
      return this.#attempt({ target, action: decision.action, result: 'DryRun' });
    }
    if (kind === 'giveUp')
      return tracker.change(target, (health, nowMs) => quarantine(health, message, nowMs));
    if (kind === 'act') await this.#begin(decision, drive, signal);
  }

  /** The attempt is written down before it is made: one that ends this process counts, too. */
  async #begin(act: Act, drive: DriveSituation, signal: AbortSignal): Promise<void> {
    const { permits, logger, tracker, tell } = this.#options;
    const permit = act.needsPermit ? await permits?.acquire(signal) : undefined;
    if (act.needsPermit && permit === undefined) {
      this.decisions.add('wait', 'NoPermit');
      logger.info('recovery waits for a permit of the cluster', { serial: act.target, action: act.action });
      return;
    }
    await this.#attempt({ target: act.target, action: act.action, result: 'Failed' });
    const { recoveryStarted: reason } = ai100.event;
    tell({ type: 'Normal', reason, message: `drive ${act.target}: ${act.action}, for ${act.message}` });
    this.#running = this.#run(act, drive, permit, signal).finally(() => {
      this.#running = undefined;
      tracker.askAgain(act.target);
      this.#options.ended();
    });
  }

  async #run(
    { action, target: serial }: Act,
    drive: DriveSituation,
    permit: RecoveryPermit | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { logger, actions, tell } = this.#options;
    try {
      await perform(action, drive, actions, signal);
      this.actions.add(action, 'Succeeded');
      logger.info('recovery action ended', { serial, action });
      await this.#keep(withResult(this.history, serial, 'Succeeded'));
    } catch (error) {
      this.actions.add(action, 'Failed');
      const message = errorMessage(error);
      logger.warn('recovery action failed', { serial, action, error: message });
      const { recoveryFailed: reason } = ai100.event;
      tell({ type: 'Warning', reason, message: `drive ${serial}: ${action} failed: ${message}` });
    } finally {
      await permit?.release();
    }
  }

  async #attempt(attempt: Attempt): Promise<void> {
    const { clock, random, settings } = this.#options;
    const { firstWaitMs } = settings;
    await this.#keep(
      withAttempt(this.history, attempt, { nowMs: clock.now(), firstWaitMs, random: random() }),
    );
  }

  async #keep(history: RecoveryHistory): Promise<void> {
    const { file, files } = this.#options;
    await file.write(history, bootId(files));
    this.#history = history;
  }

  /** Each decision is counted, and logged when it is another than at the look before. */
  #say(decision: Decision): void {
    const { kind, target, reason, message } = decision;
    const what = kind === 'act' ? decision.action : kind;
    this.decisions.add(what, reason);
    const said = `${what} ${reason}`;
    if (kind === 'wait' && this.#said.get(target) === said) return;
    this.#said.set(target, said);
    const { logger, settings } = this.#options;
    logger.info('recovery decided', { serial: target, decision: what, reason, message, mode: settings.mode });
  }
}
