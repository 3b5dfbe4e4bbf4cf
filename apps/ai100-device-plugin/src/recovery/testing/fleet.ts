import { type Clock, HwError, silentLogger } from '@rackwright/core';
import {
  type DeviceHealth,
  defaultHealthRules,
  evaluateHealth,
  isAllocatable,
  type Observation,
  quarantine,
} from '@rackwright/hardware-nvme';
import { well } from '@rackwright/hardware-nvme/testing';
import type { Decision } from '../decision.ts';
import { type AttemptResult, type RecoveryHistory, withAttempt, withRecovery } from '../history.ts';
import { type RecoveryPermit, RecoveryPermits } from '../permits.ts';
import { planRecovery } from '../plan.ts';
import type { RecoverySettings } from '../settings.ts';
import type { DriveSituation } from '../snapshot.ts';
import { type FleetFault, fleetFaults } from './fleet-faults.ts';
import { LeaseServer } from './lease-server.ts';
import { withLog } from './observations.ts';

const pollMs = 30_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What is simulated. */
export interface FleetOptions {
  readonly nodes: number;
  readonly drivesPerNode: number;
  readonly days: number;
  readonly faultsPerDriveYear: number;
  readonly settings: RecoverySettings;
  readonly maxConcurrentNodes: number;
  /** Uniform numbers in [0, 1). */
  readonly random: () => number;
}

/** What came of it. */
export interface FleetReport {
  readonly deviceYears: number;
  readonly polls: number;
  /** Ended faults by their name: how many, and how many ended otherwise than they must. */
  readonly faults: Readonly<Record<string, { ended: number; wrong: number }>>;
  readonly decisions: Readonly<Record<string, number>>;
  readonly permits: { acquired: number; refused: number; most: number; lost: number };
  /** Most resets of one drive within an hour. */
  readonly mostResets: number;
  readonly suspendedPolls: number;
  /** Actions while the cluster was suspended. */
  readonly actionsWhileSuspended: number;
}

interface FleetDrive {
  serial: string;
  health: DeviceHealth;
  mediaErrors: bigint;
  fault: { readonly kind: FleetFault; readonly sinceMs: number; endsMs: number; cures: number } | undefined;
  actions: number;
  resets: number[];
  quarantinedMs: number | undefined;
}

interface FleetNode {
  readonly name: string;
  readonly drives: FleetDrive[];
  readonly permits: RecoveryPermits;
  history: RecoveryHistory;
  busy:
    | { readonly act: Act; readonly untilMs: number; readonly permit: RecoveryPermit | undefined }
    | undefined;
}

type Act = Extract<Decision, { kind: 'act' }>;

/** Time that only the simulation moves. */
class FleetClock implements Clock {
  ms = Date.UTC(2026, 0, 1);
  now(): number {
    return this.ms;
  }
  monotonic(): number {
    return this.ms;
  }
  sleep(): Promise<void> {
    throw new HwError('Unsupported', 'nobody waits in this simulation');
  }
  timer(): Disposable {
    throw new HwError('Unsupported', 'nobody waits in this simulation');
  }
}

/**
 * A cluster of nodes with drives that fail at random, watched and brought back by
 * the agents' own code; only time, drives and the API server are simulated.
 * Where nothing is wrong time is skipped.
 */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #clock = new FleetClock();
  readonly #nodes: FleetNode[];
  readonly #faults: Record<string, { ended: number; wrong: number }> = {};
  readonly #decisions: Record<string, number> = {};
  readonly #permits = { acquired: 0, refused: 0, most: 0, lost: 0 };
  readonly #failedNodes = new Map<FleetNode, number>();
  #held = 0;
  #polls = 0;
  #mostResets = 0;
  #suspendedPolls = 0;
  #actionsWhileSuspended = 0;
  #made = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { client } = new LeaseServer(options.random);
    const clock = this.#clock;
    this.#nodes = Array.from({ length: options.nodes }, (_, number) => {
      const name = `n${number}`;
      const lease = { client, clock, logger: silentLogger, namespace: 'ns', holder: name };
      return {
        name,
        drives: Array.from({ length: options.drivesPerNode }, () => this.#newDrive()),
        permits: new RecoveryPermits({ ...lease, count: options.maxConcurrentNodes }),
        history: {},
        busy: undefined,
      };
    });
  }

  async run(): Promise<FleetReport> {
    const { nodes, drivesPerNode, days } = this.#options;
    const endMs = this.#clock.ms + days * dayMs;
    let nextFaultMs = this.#clock.ms;
    const unsettled = new Set<FleetNode>();
    while (this.#clock.ms < endMs || unsettled.size > 0) {
      while (nextFaultMs <= this.#clock.ms && this.#clock.ms < endMs) {
        for (const node of this.#strike()) unsettled.add(node);
        nextFaultMs += this.#untilNextFault();
      }
      const suspended = this.#isSuspended();
      await Promise.all([...unsettled].map((node) => this.#poll(node, suspended)));
      for (const node of unsettled) if (isSettled(node)) unsettled.delete(node);
      this.#clock.ms =
        unsettled.size === 0 ? Math.max(nextFaultMs, this.#clock.ms + pollMs) : this.#clock.ms + pollMs;
    }
    return {
      deviceYears: (nodes * drivesPerNode * days) / 365,
      polls: this.#polls,
      faults: this.#faults,
      decisions: this.#decisions,
      permits: this.#permits,
      mostResets: this.#mostResets,
      suspendedPolls: this.#suspendedPolls,
      actionsWhileSuspended: this.#actionsWhileSuspended,
    };
  }

  #newDrive(): FleetDrive {
    const { ms } = this.#clock;
    return {
      serial: `S${++this.#made}`,
      health: evaluateHealth(undefined, well, defaultHealthRules, ms),
      mediaErrors: 0n,
      fault: undefined,
      actions: 0,
      resets: [],
      quarantinedMs: undefined,
    };
  }

  #untilNextFault(): number {
    const { nodes, drivesPerNode, faultsPerDriveYear, random } = this.#options;
    const perMs = (nodes * drivesPerNode * faultsPerDriveYear) / (365 * dayMs);
    return -Math.log(1 - random()) / perMs;
  }

  /** Mostly one drive; now and then a tenth of the nodes at once, and seldom most of them. */
  #strike(): FleetNode[] {
    const { random } = this.#options;
    const lot = random();
    const share = lot < 0.001 ? 0.6 : lot < 0.01 ? 0.1 : 0;
    if (share === 0) return this.#strikeNode(this.#pick(this.#nodes), this.#pick(fleetFaults));
    const silent = fleetFaults.filter(({ name }) => name === 'silent');
    return this.#nodes
      .filter(() => random() < share)
      .flatMap((node) => this.#strikeNode(node, this.#pick(silent)));
  }

  #strikeNode(node: FleetNode, kind: FleetFault): FleetNode[] {
    const drive = this.#pick(node.drives);
    if (drive.fault !== undefined || !isWell(drive)) return [];
    const [shortest, longest] = kind.lastsMs ?? [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const lasts = shortest === longest ? shortest : shortest + this.#options.random() * (longest - shortest);
    const sinceMs = this.#clock.ms;
    drive.fault = { kind, sinceMs, endsMs: sinceMs + lasts, cures: 0 };
    drive.mediaErrors += kind.mediaErrors ?? 0n;
    drive.actions = 0;
    return [node];
  }

  #pick<T>(list: readonly T[]): T {
    const one = list[Math.floor(this.#options.random() * list.length)];
    if (one === undefined) throw new HwError('Internal', 'nothing to pick from');
    return one;
  }

  /** More than half of the nodes failed within ten minutes. */
  #isSuspended(): boolean {
    const { ms } = this.#clock;
    for (const [node, atMs] of this.#failedNodes) if (ms - atMs > 600_000) this.#failedNodes.delete(node);
    return this.#failedNodes.size * 2 > this.#nodes.length;
  }

  async #poll(node: FleetNode, suspended: boolean): Promise<void> {
    const { ms } = this.#clock;
    if (suspended) this.#suspendedPolls += 1;
    if (node.busy !== undefined && node.busy.untilMs <= ms) await this.#finish(node, node.busy);
    for (const drive of node.drives) if (!isIdle(drive)) this.#look(node, drive);
    if (node.busy === undefined) await this.#recover(node, suspended);
  }

  #look(node: FleetNode, drive: FleetDrive): void {
    const { ms } = this.#clock;
    this.#polls += 1;
    const before = drive.health.state;
    drive.health = evaluateHealth(drive.health, this.#observation(drive), defaultHealthRules, ms);
    const { state } = drive.health;
    if (state === 'Unhealthy' && before !== 'Unhealthy') this.#failedNodes.set(node, ms);
    if (isAllocatable(state))
      node.history = withRecovery(node.history, drive.serial, ms, this.#options.settings.cooldownMs);
    if (state === 'Quarantined') drive.quarantinedMs ??= ms;
    this.#close(drive);
  }

  #observation({ fault, mediaErrors }: FleetDrive): Observation {
    const { ms } = this.#clock;
    const isOver = fault === undefined || ms >= fault.endsMs;
    const wrong = isOver ? undefined : fault.kind.look(ms - fault.sinceMs);
    if (wrong === undefined) return mediaErrors === 0n ? well : withLog({ mediaErrors });
    const { smart } = wrong;
    return smart.kind === 'read'
      ? { ...wrong, smart: { ...smart, log: { ...smart.log, mediaErrors } } }
      : wrong;
  }

  /** A fault is over once the drive is well, or in quarantine for a day: somebody puts in another one then. */
  #close(drive: FleetDrive): void {
    const { fault, quarantinedMs } = drive;
    const { ms } = this.#clock;
    if (fault === undefined) return;
    const replaced = quarantinedMs !== undefined && ms - quarantinedMs >= dayMs;
    const recovered = ms >= fault.endsMs && isWell(drive);
    if (!replaced && !recovered) return;
    const end = replaced ? 'quarantined' : drive.actions === 0 ? 'untouched' : 'cured';
    const { ended, wrong } = this.#faults[fault.kind.name] ?? { ended: 0, wrong: 0 };
    this.#faults[fault.kind.name] = { ended: ended + 1, wrong: wrong + (end === fault.kind.end ? 0 : 1) };
    if (replaced) Object.assign(drive, this.#newDrive());
    drive.fault = undefined;
  }

  async #recover(node: FleetNode, suspended: boolean): Promise<void> {
    const { ms } = this.#clock;
    const hold = { reason: 'RecoverySuspended', message: 'most nodes failed at once' } as const;
    const decisions = planRecovery({
      nowMs: ms,
      settings: this.#options.settings,
      node: { uptimeMs: dayMs, ...(suspended && { hold }) },
      drives: node.drives.filter(({ fault }) => fault !== undefined).map(situationOf),
      history: node.history,
    });
    for (const decision of decisions) await this.#carryOut(node, decision, suspended);
  }

  async #carryOut(node: FleetNode, decision: Decision, suspended: boolean): Promise<void> {
    const { kind, target } = decision;
    const name = kind === 'act' ? `act ${decision.action}` : `${kind} ${decision.reason}`;
    this.#decisions[name] = (this.#decisions[name] ?? 0) + 1;
    const drive = node.drives.find(({ serial }) => serial === target);
    if (drive === undefined) throw new HwError('Internal', `no drive ${target}`);
    if (kind === 'nothing') this.#attempt(node, target, 'Nothing');
    if (kind === 'giveUp') drive.health = quarantine(drive.health, decision.message, this.#clock.ms);
    if (kind !== 'act') return;
    if (suspended) this.#actionsWhileSuspended += 1;
    await this.#act(node, drive, decision);
  }

  async #act(node: FleetNode, drive: FleetDrive, act: Act): Promise<void> {
    const { ms } = this.#clock;
    const permit = act.needsPermit ? await node.permits.acquire() : undefined;
    if (act.needsPermit && permit === undefined) {
      this.#permits.refused += 1;
      return;
    }
    if (permit !== undefined) {
      this.#permits.acquired += 1;
      this.#permits.most = Math.max(this.#permits.most, ++this.#held);
    }
    drive.actions += 1;
    if (act.action !== 'Rescan') this.#countReset(drive);
    node.busy = { act, permit, untilMs: ms + 5_000 + this.#options.random() * 110_000 };
  }

  #countReset(drive: FleetDrive): void {
    const { ms } = this.#clock;
    drive.resets = [...drive.resets.filter((atMs) => ms - atMs < hourMs), ms];
    this.#mostResets = Math.max(this.#mostResets, drive.resets.length);
  }

  /** Now and then an agent ends before it gives its permit back. */
  async #finish(node: FleetNode, { act, permit }: NonNullable<FleetNode['busy']>): Promise<void> {
    node.busy = undefined;
    const fault = node.drives.find(({ serial }) => serial === act.target)?.fault;
    if (fault?.kind.cure?.action === act.action && ++fault.cures >= fault.kind.cure.times)
      fault.endsMs = this.#clock.ms;
    this.#attempt(node, act.target, 'Succeeded', act);
    if (permit === undefined) return;
    this.#held -= 1;
    if (this.#options.random() < 0.02) this.#permits.lost += 1;
    else await permit.release();
  }

  #attempt(node: FleetNode, target: string, result: AttemptResult, act?: Act): void {
    const attempt = { target, result, ...(act !== undefined && { action: act.action }) };
    const { random, settings } = this.#options;
    const time = { nowMs: this.#clock.ms, firstWaitMs: settings.firstWaitMs, random: random() };
    node.history = withAttempt(node.history, attempt, time);
  }
}

function situationOf({ serial, health, fault }: FleetDrive): DriveSituation {
  const state = fault?.kind.look(0);
  const isGone = state?.present === false;
  return {
    serial,
    health,
    ...(!isGone && { controller: 'nvme1', pciAddress: '0000:41:00.0' }),
    controllerState: state?.controllerState ?? 'live',
    hasNamespace: state === undefined || state.sizeBytes !== undefined,
    allocatedUnits: 1,
    hasSiblings: false,
  };
}

function isWell({ health }: FleetDrive): boolean {
  return health.state === 'Healthy' || health.state === 'Degraded';
}

/** Looking once more would change nothing. */
function isIdle(drive: FleetDrive): boolean {
  return drive.fault === undefined && drive.health.state === 'Healthy';
}

function isSettled({ drives, busy }: FleetNode): boolean {
  return busy === undefined && drives.every((drive) => drive.fault === undefined && isWell(drive));
}
