import { errorMessage, isHwError, Latest, Mutex } from '@rackwright/core';
import type { DriveSelection } from '@rackwright/hardware-nvme';
import type { Mount } from '@rackwright/host';
import { mountAt } from '@rackwright/storage';
import { type Canary, withCanary } from './canary.ts';
import { type CacheDisk, cacheDisks } from './disks.ts';
import { NodeLock } from './lock.ts';
import { LostVolumes } from './lost-volumes.ts';
import { CachePass, type PassOptions } from './pass.ts';
import { PassPermit, type RebuildPermit } from './pass-permit.ts';
import { type CacheRecovery, recoveryAction } from './recovery-action.ts';
import type { CachePermission } from './settings.ts';
import type { VolumeObservation } from './snapshot.ts';
import { type CacheFailure, type CacheState, type VolumeState, withVolumes, worst } from './state.ts';
import type { ChangeStep } from './steps.ts';

/** Where on the host processes agree who changes the cache. */
const lockFolder = '/run/ai100/cache-lock';

/** Steps of one pass; so many are never needed. */
const maxSteps = 300;

/** What a `CacheKeeper` works with. */
export interface CacheKeeperOptions extends PassOptions {
  readonly canary: Canary;
  /** Told of each step that brings a cache back, before it and after. */
  readonly recovers?: (recovery: CacheRecovery) => void;
  readonly rebuildPermit: RebuildPermit;
}

/**
 * Makes the cache of the node, finds it again, and keeps it mounted. What it does
 * follows from a look at the node alone, so that it can be ended at any point and
 * started again.
 */
export class CacheKeeper {
  readonly state: Latest<CacheState>;
  readonly #options: CacheKeeperOptions;
  readonly #mutex = new Mutex();
  readonly #volumes = new Map<string, VolumeObservation>();
  /** How the cache stood after the last pass. */
  #told: CacheState | undefined;
  readonly #lost: LostVolumes;
  #drives: { readonly key: string; readonly since: number } | undefined;

  constructor(options: CacheKeeperOptions) {
    this.#options = options;
    this.#lost = new LostVolumes(options.clock);
    const { layout } = options.settings;
    const nothing = { volumes: [], blockers: [], notInStripe: [] };
    this.state = new Latest<CacheState>({
      state: 'Pending',
      message: 'not looked at yet',
      layout,
      ...nothing,
    });
  }

  /**
   * Brings the cache as far as it can be brought now. What does not work is in the
   * state; it is tried again with the next call.
   *
   * @throws the signal's reason
   */
  reconcile(
    drives: readonly DriveSelection[],
    permission: CachePermission,
    signal: AbortSignal,
  ): Promise<CacheState> {
    return this.#mutex.run(async () => {
      const disks = cacheDisks(drives);
      const input = {
        ...{ disks, unchangedMs: this.#unchangedMs(disks), permission, volumes: this.#volumes },
        ...{ lostIdleMs: this.#lost.idleMs(permission), rebuildTold: this.#rebuildTold() },
      };
      this.#forgetLooks();
      const pass = new CachePass(this.#options, input);
      const before = this.#told;
      this.#told = await this.#checked(await this.#run(pass, signal), signal);
      this.#log(before);
      this.state.set(this.#told);
      this.#lost.note(this.#told, permission);
      return this.#told;
    });
  }

  #log(before: CacheState | undefined): void {
    const { state, message } = this.#told ?? {};
    if (state === before?.state && message === before?.message) return;
    this.#options.logger.info('cache state', { state, message });
  }

  async #run(pass: CachePass, signal: AbortSignal): Promise<CacheState> {
    try {
      await pass.observe(signal);
      const next = await pass.decide(signal);
      return 'state' in next ? next.state : await this.#change(pass, signal);
    } catch (error) {
      signal.throwIfAborted();
      const code = isHwError(error) ? error.code : 'Internal';
      return this.#unobserved(pass.mounts, { step: 'observe', code, message: errorMessage(error) });
    }
  }

  /** Changes are made by one process of the node only, from a look it took while it was the one. */
  async #change(pass: CachePass, signal: AbortSignal): Promise<CacheState> {
    await using lock = await NodeLock.take(this.#options.host.path(lockFolder));
    if (lock === undefined) {
      const message = 'another process of the node works on the cache';
      return this.#unobserved(pass.mounts, { step: 'lock', code: 'Unavailable', message });
    }
    await using permit = new PassPermit(this.#options.rebuildPermit);
    await pass.observe(signal);
    for (let steps = 0; steps < maxSteps; steps++) {
      const next = await pass.decide(signal);
      if ('state' in next) return next.state;
      const refusal = await permit.refusal(next.step, signal);
      if (refusal !== undefined) {
        pass.refuse(next.step, refusal);
        continue;
      }
      this.#announce(next.step);
      await this.#perform(next.step, pass, signal);
    }
    const message = `${maxSteps} steps led to no end`;
    return this.#unobserved(pass.mounts, { step: 'plan', code: 'Internal', message });
  }

  async #perform(step: ChangeStep, pass: CachePass, signal: AbortSignal): Promise<void> {
    const { recovers } = this.#options;
    const action = recoveryAction(step, this.state.value);
    if (action === undefined) return pass.perform(step, signal);
    const { subject: vg } = step;
    const { message } = this.state.value.volumes.find((volume) => volume.vg === vg) ?? this.state.value;
    recovers?.({ action, vg, phase: 'Started', message });
    await pass.perform(step, signal);
    const failure = pass.failureOf(vg);
    recovers?.({
      ...{ action, vg, phase: failure === undefined ? 'Succeeded' : 'Failed' },
      message: failure?.message ?? '',
    });
  }

  /** What is made anew is told before anything is destroyed. */
  #rebuildTold(): string[] {
    const volumes = this.#told?.volumes ?? [];
    return volumes.flatMap(({ state, lvUuid }) =>
      state === 'Rebuilding' && lvUuid !== undefined ? lvUuid : [],
    );
  }

  /** Readers see that a cache is being made while it is. */
  #announce({ kind }: ChangeStep): void {
    if (!creating.includes(kind) || this.state.value.state === 'Creating') return;
    this.state.set({ ...this.state.value, state: 'Creating', message: 'the cache is being made' });
  }

  /** How things stand where LVM or the host does not say: only what is still mounted is ready. */
  #unobserved(mounts: readonly Mount[], failure: CacheFailure): CacheState {
    const before = this.state.value;
    const volumes = before.volumes.map((volume) =>
      isMounted(volume, mounts) ? volume : unmounted(volume, failure),
    );
    const { state, message } = worst(volumes) ?? { state: 'Pending', message: failure.message };
    return { ...before, state, message, volumes, failure };
  }

  /** A volume that is mounted and does not take data is not ready. */
  async #checked(state: CacheState, signal: AbortSignal): Promise<CacheState> {
    const { canary } = this.#options;
    const volumes: VolumeState[] = [];
    for (const volume of state.volumes)
      volumes.push(takesData(volume) ? withCanary(volume, await canary.check(volume, signal)) : volume);
    return withVolumes(state, volumes);
  }

  #unchangedMs(disks: readonly CacheDisk[]): number {
    const now = this.#options.clock.monotonic();
    const key = disks.flatMap(({ serial, eligible }) => (eligible ? serial : [])).join('\n');
    if (this.#drives?.key !== key) this.#drives = { key, since: now };
    return now - this.#drives.since;
  }

  /** What this process did to volumes stays known; what it saw may have changed. */
  #forgetLooks(): void {
    for (const [lvUuid, { formatted = false, legacyXfs = false, quotaTried = false }] of this.#volumes) {
      this.#volumes.set(lvUuid, { formatted, legacyXfs, quotaTried });
    }
  }
}

function takesData({ state, mounted, readOnly, device }: VolumeState): boolean {
  return state === 'Ready' && mounted && !readOnly && device !== undefined;
}

const creating: readonly ChangeStep['kind'][] = ['createPv', 'createVg', 'createLv', 'makeFileSystem'];

function isMounted({ device, hostPath }: VolumeState, mounts: readonly Mount[]): boolean {
  return device !== undefined && mountAt(mounts, hostPath)?.device === device;
}

function unmounted(volume: VolumeState, { message }: CacheFailure): VolumeState {
  const state = volume.state === 'Ready' ? 'MountFailed' : volume.state;
  return { ...volume, state, message, mounted: false };
}
