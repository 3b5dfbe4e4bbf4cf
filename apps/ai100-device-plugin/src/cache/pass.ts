import { isDeepStrictEqual } from 'node:util';
import { type Clock, errorMessage, HwError, isHwError, type Logger } from '@rackwright/core';
import { scanMappedVolumes } from '@rackwright/hardware-nvme';
import type { HostReader, Mount } from '@rackwright/host';
import type { LvmReport } from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import { change, type Findings, look, type StepTools, stagingPath, touched } from './execute.ts';
import { expectedReport } from './expected-report.ts';
import { readMounts, readPlan, readReadyMade, readSlaves } from './observe.ts';
import { type CachePlan, planCache } from './plan-cache.ts';
import { noPlan, type PlanRecord } from './plan-record.ts';
import type { CachePermission, CacheSettings } from './settings.ts';
import type { CacheSnapshot, VolumeObservation } from './snapshot.ts';
import type { CacheFailure } from './state.ts';
import { type CacheStep, type ChangeStep, isLook } from './steps.ts';

/** What a pass works with. */
export interface PassOptions extends StepTools {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: CacheSettings;
}

/** What a pass is about. */
export interface PassInput {
  readonly disks: readonly CacheDisk[];
  readonly unchangedMs: number;
  readonly permission: CachePermission;
  readonly lostIdleMs: ReadonlyMap<string, number>;
  readonly rebuildTold: readonly string[];
  /** What this process knows of volumes from earlier passes. */
  readonly volumes: Map<string, VolumeObservation>;
}

const noVolumes: LvmReport = { pvs: [], vgs: [], lvs: [] };

/** One look at the node and the steps that follow from it. What fails in it is not tried again in it. */
export class CachePass {
  readonly #options: PassOptions;
  readonly #input: PassInput;
  readonly #found: Findings;
  readonly #failures = new Map<string, CacheFailure>();
  #last: ChangeStep | undefined;
  /** Physical volumes that were made in this pass, by device. */
  readonly #made = new Set<string>();
  #report: LvmReport = noVolumes;
  /** The report is what is to be expected, and not what LVM said. */
  #isExpected = false;
  #slaves: ReadonlyMap<string, readonly string[]> = new Map();
  #mappedGroups: readonly string[] = [];
  #mounts: readonly Mount[] = [];
  #plan: PlanRecord = noPlan;

  constructor(options: PassOptions, input: PassInput) {
    this.#options = options;
    this.#input = input;
    this.#found = { verdicts: new Map(), mountPoints: new Map(), volumes: input.volumes };
  }

  get mounts(): readonly Mount[] {
    return this.#mounts;
  }

  /** Why the newest step about a volume group failed; undefined if none did. */
  failureOf(subject: string): CacheFailure | undefined {
    return this.#failures.get(subject);
  }

  /** Looks at everything anew. @throws HwError of LVM; UnreadableError */
  async observe(signal: AbortSignal): Promise<void> {
    const { host } = this.#options;
    this.#mounts = readMounts(this.#options.files);
    this.#plan = await readPlan(host);
    if (this.#options.settings.readyMadeDevice === undefined) await this.#observeLvm(signal);
  }

  /** The next step that changes something, or how things stand; looks that this takes are done. */
  async decide(
    signal: AbortSignal,
  ): Promise<{ readonly step: ChangeStep } | Extract<CachePlan, { state: unknown }>> {
    for (;;) {
      signal.throwIfAborted();
      const plan = planCache(this.#snapshot());
      if ('state' in plan && !this.#isExpected) return plan;
      if ('state' in plan) {
        await this.#observeLvm(signal);
        continue;
      }
      const { step } = plan;
      if (!isLook(step)) return { step };
      await this.#attempt(
        step,
        () => look(step, this.#options, this.#input.permission, this.#found, signal),
        signal,
      );
    }
  }

  /** Notes that a step may not be done now. */
  refuse(step: ChangeStep, why: string): void {
    this.#failed(step, new HwError('Unavailable', why));
  }

  /** Does a step and looks again at what it touched. */
  async perform(step: ChangeStep, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    if (isDeepStrictEqual(step, this.#last)) return this.#failed(step, withoutEffect(step));
    this.#last = step;
    logger.info('cache step', { step: step.kind, of: step.subject });
    const isDone = await this.#attempt(
      step,
      () => change(step, this.#options, this.#input.permission, this.#found, signal),
      signal,
    );
    if (isDone && step.kind === 'createPv') this.#made.add(step.disk.path);
    const what = touched(step);
    if (what === 'lvm') await this.#lookAfter(step, isDone, signal);
    else if (what === 'mounts') this.#mounts = readMounts(this.#options.files);
    else if (what === 'plan') this.#plan = await readPlan(this.#options.host);
  }

  /** A report takes as long as a change: where the next change shows it as well there is none. */
  async #lookAfter(step: ChangeStep, isDone: boolean, signal: AbortSignal): Promise<void> {
    const mapped = isDone && step.kind === 'createLv' ? scanMappedVolumes(this.#options.files) : [];
    const expected = isDone ? expectedReport(this.#report, step, mapped) : undefined;
    if (expected === undefined) return this.#observeLvm(signal);
    const known = new Set(this.#report.lvs);
    const made = step.kind === 'createLv' ? expected.lvs.find((lv) => !known.has(lv)) : undefined;
    // A drive that was part of a cache before has its old file system where the new one comes.
    if (made?.devices.every((path) => this.#made.has(path)) === true)
      this.#found.volumes.set(made.uuid, { isNew: true });
    this.#report = expected;
    this.#isExpected = true;
    // Of another drive LVM knows what it knew before one became its own.
    this.#found.lvm = step.kind === 'createPv' ? expected : undefined;
  }

  /** Whether it was done. */
  async #attempt(step: CacheStep, work: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      signal.throwIfAborted();
      this.#failed(step, error);
      return false;
    }
  }

  #failed(step: CacheStep, error: unknown): void {
    const message = errorMessage(error);
    this.#options.logger.warn('cache step failed', { step: step.kind, of: step.subject, error: message });
    // A file system that cannot be mounted and was not made to its end now is made again.
    if (step.kind === 'stage' && this.#found.volumes.get(step.lvUuid)?.formatted !== true) {
      this.#found.volumes.set(step.lvUuid, { ...this.#found.volumes.get(step.lvUuid), sealed: false });
      return;
    }
    const code = isHwError(error) ? error.code : 'Internal';
    this.#failures.set(step.subject, { step: step.kind, code, message });
  }

  async #observeLvm(signal: AbortSignal): Promise<void> {
    this.#report = await this.#options.lvm.report(signal);
    this.#isExpected = false;
    this.#found.lvm = this.#report;
    this.#slaves = readSlaves(this.#options.files, this.#report);
    this.#mappedGroups = scanMappedVolumes(this.#options.files).map(({ vg }) => vg);
  }

  #snapshot(): CacheSnapshot {
    const { settings, clock, files } = this.#options;
    const { disks, unchangedMs, permission, lostIdleMs, rebuildTold } = this.#input;
    const { readyMadeDevice } = settings;
    return {
      ...{ settings, permission, disks, unchangedMs, stagingPath, lostIdleMs, rebuildTold },
      ...(readyMadeDevice !== undefined && { readyMade: readReadyMade(files, readyMadeDevice, disks) }),
      nowMs: clock.now(),
      report: this.#report,
      mounts: this.#mounts,
      ...{ slaves: this.#slaves, mappedGroups: this.#mappedGroups },
      plan: this.#plan,
      ...{ verdicts: this.#found.verdicts, mountPoints: this.#found.mountPoints },
      volumes: this.#found.volumes,
      failures: this.#failures,
    };
  }
}

/** A tool may end well and change nothing, as LVM does where its configuration forbids activation. */
function withoutEffect({ kind, subject }: ChangeStep): HwError {
  return new HwError('FailedPrecondition', `${kind} of ${subject} had no effect`);
}
