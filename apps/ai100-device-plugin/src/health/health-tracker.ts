import { type Clock, Latest, type Logger } from '@rackwright/core';
import {
  controllerFacts,
  type DeviceHealth,
  type DriveSelection,
  evaluateHealth,
  type HealthRules,
  type HealthState,
  isAllocatable,
  type NvmeController,
  type TemperatureThresholds,
} from '@rackwright/hardware-nvme';
import { inParallel } from '../in-parallel.ts';
import type { DriveVerdict } from '../units/units.ts';
import type { CacheVolume } from '../units/volume.ts';
import type { HealthRecord, HealthRecordFile } from './health-record.ts';
import { type DriveCommands, readSmart, readThresholds, type SmartRead } from './read-smart.ts';

/** What a `HealthTracker` works with. */
export interface HealthTrackerOptions {
  readonly nvme: DriveCommands;
  readonly rules: HealthRules;
  /** Time between two reads of a SMART log, in milliseconds. */
  readonly pollMs: number;
  readonly record: Pick<HealthRecordFile, 'read' | 'write'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is known of one drive, there or not. */
export interface TrackedDrive {
  readonly serial: string;
  readonly health: DeviceHealth;
  /** Absent while it is gone. */
  readonly controller?: NvmeController;
  /** The newest SMART log as the tool printed it, and when, in milliseconds since the epoch. */
  readonly smart?: { readonly atMs: number; readonly json: string };
  /** Absent until it was asked, and where it names none. */
  readonly thresholds?: TemperatureThresholds;
}

/** How often a drive went from one state to another. */
export interface TransitionCount {
  readonly serial: string;
  readonly from: HealthState;
  readonly to: HealthState;
  readonly count: number;
}

/** Commands to drives at the same time. */
const commandsAtOnce = 4;

/** Looks at the drives of the node, asks those that are live for their SMART log, and judges them. */
export class HealthTracker {
  /** Every drive that is known, in the order of serial numbers. */
  readonly drives = new Latest<readonly TrackedDrive[]>([]);
  readonly #options: HealthTrackerOptions;
  readonly #identities = new Map<string, TemperatureThresholds>();
  readonly #readAt = new Map<string, number>();
  readonly #logs = new Map<string, { readonly atMs: number; readonly json: string }>();
  readonly #transitions = new Map<string, TransitionCount>();
  readonly #usedVolumes = new Set<string>();
  #record: HealthRecord | undefined;

  constructor(options: HealthTrackerOptions) {
    this.#options = options;
  }

  /** Changes of state since the agent has started. */
  get transitions(): readonly TransitionCount[] {
    return [...this.#transitions.values()];
  }

  /** One look at every drive. @throws the signal's reason */
  async look(
    drives: readonly DriveSelection[],
    volumes: readonly CacheVolume[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, DriveVerdict>> {
    const before = this.#record ?? (await this.#options.record.read());
    const present = presentDrives(drives);
    const reads = await this.#readAll([...present.values()], signal);
    for (const { usable, hostPath } of volumes) if (usable) this.#usedVolumes.add(hostPath);
    const serials = [...new Set([...present.keys(), ...Object.keys(before)])].sort();
    const judged = serials.map((serial): TrackedDrive => {
      const controller = present.get(serial);
      const health = this.#judge(serial, {
        before: before[serial],
        controller,
        volumes,
        read: reads.get(serial),
      });
      const smart = controller === undefined ? undefined : this.#logs.get(serial);
      const thresholds = controller && this.#identities.get(identityOf(controller));
      return {
        ...{ serial, health },
        ...(controller && { controller }),
        ...(smart && { smart }),
        ...(thresholds && { thresholds }),
      };
    });
    await this.#keep(judged.filter((drive) => isOfInterest(drive, volumes)));
    return new Map(judged.map(({ serial, health }) => [serial, verdictOf(health)]));
  }

  /** Has the drive asked at the next look, however short a while ago it was: something was done to it. */
  askAgain(serial: string): void {
    this.#readAt.delete(serial);
  }

  /** Replaces the verdict of a drive by what recovery decided: to leave it to people, or to try it anew. */
  async change(serial: string, change: (health: DeviceHealth, nowMs: number) => DeviceHealth): Promise<void> {
    const nowMs = this.#options.clock.now();
    await this.#keep(
      this.drives.value.map((drive) => {
        if (drive.serial !== serial) return drive;
        const health = change(drive.health, nowMs);
        this.#note(serial, drive.health.state, health);
        return { ...drive, health };
      }),
    );
  }

  async #keep(drives: readonly TrackedDrive[]): Promise<void> {
    this.#record = Object.fromEntries(drives.map(({ serial, health }) => [serial, health]));
    this.drives.set(drives);
    await this.#options.record.write(this.#record);
  }

  #judge(
    serial: string,
    {
      before,
      controller,
      volumes,
      read,
    }: {
      readonly before: DeviceHealth | undefined;
      readonly controller: NvmeController | undefined;
      readonly volumes: readonly CacheVolume[];
      readonly read: SmartRead | undefined;
    },
  ): DeviceHealth {
    const { rules, clock } = this.#options;
    const thresholds = controller && this.#identities.get(identityOf(controller));
    const lost = volumes.find(
      ({ members, usable, hostPath }) =>
        members.includes(serial) && !usable && this.#usedVolumes.has(hostPath),
    );
    const observation = {
      ...controllerFacts(controller),
      smart: read?.outcome ?? ({ kind: 'skipped' } as const),
      ...(thresholds !== undefined && { thresholds }),
      ...(lost !== undefined && { volumeFailure: { reason: lost.reason, message: lost.message } }),
    };
    const health = evaluateHealth(before, observation, rules, clock.now());
    this.#note(serial, before?.state ?? 'Unknown', health);
    return health;
  }

  #note(serial: string, from: HealthState, { state: to, reason, message }: DeviceHealth): void {
    if (from === to) return;
    const key = [serial, from, to].join('\n');
    const count = (this.#transitions.get(key)?.count ?? 0) + 1;
    this.#transitions.set(key, { serial, from, to, count });
    const level = isAllocatable(to) ? 'info' : 'warn';
    this.#options.logger[level]('drive changed', { serial, from, to, reason, message });
  }

  async #readAll(
    controllers: readonly NvmeController[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, SmartRead>> {
    const reads = new Map<string, SmartRead>();
    const due = controllers.filter((controller) => this.#isDue(controller));
    await inParallel(due, commandsAtOnce, async (controller) => {
      reads.set(controller.serial ?? '', await this.#read(controller, signal));
    });
    return reads;
  }

  /** A controller that is not live gets no command, and a live one not more than it must. */
  #isDue({ state, serial = '' }: NvmeController): boolean {
    const { clock, pollMs } = this.#options;
    const readAt = this.#readAt.get(serial);
    return state === 'live' && (readAt === undefined || clock.monotonic() - readAt >= 0.9 * pollMs);
  }

  async #read(controller: NvmeController, signal: AbortSignal): Promise<SmartRead> {
    const { nvme, clock } = this.#options;
    const { name, serial = '' } = controller;
    this.#readAt.set(serial, clock.monotonic());
    const read = await readSmart(nvme, name, signal);
    if (read.json === undefined) return read;
    this.#logs.set(serial, { atMs: clock.now(), json: read.json });
    const identity = identityOf(controller);
    if (this.#identities.has(identity)) return read;
    const thresholds = await readThresholds(nvme, name, signal);
    if (thresholds !== undefined) this.#identities.set(identity, thresholds);
    return read;
  }
}

/** AI100 drives by serial number; of drives with the same one nothing can be said. */
function presentDrives(drives: readonly DriveSelection[]): Map<string, NvmeController> {
  const own = drives.filter(({ isAi100, reason }) => isAi100 && reason !== 'DuplicateSerial');
  return new Map(
    own.flatMap(({ controller }) => (controller.serial ? [[controller.serial, controller]] : [])),
  );
}

/** Thresholds may change with the firmware. */
function identityOf({ serial, firmware }: NvmeController): string {
  return [serial, firmware].join('\n');
}

/** A drive that is long gone is forgotten once no volume misses it. */
function isOfInterest({ serial, health }: TrackedDrive, volumes: readonly CacheVolume[]): boolean {
  return health.state !== 'Removed' || volumes.some(({ members }) => members.includes(serial));
}

function verdictOf({ state, reason, message, signals: [worst] }: DeviceHealth): DriveVerdict {
  return { healthy: isAllocatable(state), reason, message, ...(worst?.ofVolume && { ofVolume: true }) };
}
