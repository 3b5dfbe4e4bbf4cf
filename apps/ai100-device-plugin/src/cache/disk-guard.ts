import { HwError } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import {
  closedGate,
  type DiskAccess,
  type DiskPermission,
  type HostTools,
  type Lvm,
  type LvmReport,
  type OpenDisk,
  observeDisk,
} from '@rackwright/storage';
import type { CacheDisk } from './disks.ts';
import { pvUuidOf } from './lvm-label.ts';
import type { CachePermission } from './settings.ts';
import type { CacheBlocker } from './state.ts';
import type { PlannedDisk } from './steps.ts';

/** What the guard looks with. */
export interface DiskGuardOptions {
  readonly tools: HostTools;
  readonly access: DiskAccess;
  readonly files: HostReader;
  readonly lvm: Lvm;
  /** Whether disks may be written at all. */
  readonly create: boolean;
  /** From 0 up to 1, as `Math.random`. */
  readonly random: () => number;
}

/** Stands between the cache and drives that may hold somebody's data. */
export class DiskGuard {
  readonly #options: DiskGuardOptions;

  constructor(options: DiskGuardOptions) {
    this.#options = options;
  }

  /**
   * Why a drive may not be written; undefined if it may. Nothing is written.
   *
   * @param known what LVM said since anything of it was changed last; without it, LVM is asked
   */
  async judge(
    { controller, namespace: name, serial }: CacheDisk,
    permission: CachePermission,
    signal: AbortSignal,
    known?: LvmReport,
  ): Promise<CacheBlocker | undefined> {
    const { lvm, ...watch } = this.#options;
    const report = async (): Promise<LvmReport> => known ?? (await lvm.report(signal));
    await using held = await observeDisk({ controller, name, serial }, { ...watch, report }, signal);
    const closed = closedGate(held.observation, this.#permission(permission));
    return closed === undefined ? undefined : { ...closed, serial };
  }

  /**
   * Looks again, and writes while the drive is held open, so that its name cannot
   * become that of another. The claim on it is given up right before, for LVM
   * needs it.
   *
   * @param known as of `judge`
   * @throws HwError FailedPrecondition if it does not pass any more
   */
  async whilePassed(
    disk: CacheDisk,
    permission: CachePermission,
    write: () => Promise<void>,
    signal: AbortSignal,
    known?: LvmReport,
  ): Promise<void> {
    await using held = await this.#options.access.openShared(disk.namespace);
    refuseOther(held, disk);
    const blocker = await this.judge(disk, permission, signal, known);
    if (blocker !== undefined)
      throw new HwError('FailedPrecondition', `gate ${blocker.gate} ${blocker.name}: ${blocker.detail}`);
    await write();
  }

  /**
   * Does something with drives that are physical volumes of ours while they are
   * held open and are seen to have their identities: LVM would make others into
   * such volumes without asking.
   *
   * @throws HwError FailedPrecondition if one has another
   */
  async whileOurs(disks: readonly PlannedDisk[], act: () => Promise<void>): Promise<void> {
    await using held = new AsyncDisposableStack();
    for (const { disk, pvUuid } of disks) {
      const open = held.use(await this.#options.access.openShared(disk.namespace));
      refuseOther(open, disk);
      const label = new Uint8Array(labelBytes);
      await open.read([{ offset: 0n, length: labelBytes }], label);
      const found = pvUuidOf(label);
      if (found !== pvUuid)
        throw new HwError('FailedPrecondition', `${disk.path} is not the physical volume ${pvUuid}`);
    }
    await act();
  }

  /**
   * Does something that destroys what is in a group of ours, if nothing else
   * stands on its drives: gates 1, 2, 3 and 7.
   *
   * @throws HwError FailedPrecondition if a gate is closed
   */
  whileOursAlone(
    group: string,
    disks: readonly PlannedDisk[],
    act: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    return this.whileOurs(disks, async () => {
      for (const { disk } of disks) await this.#requireAlone(group, disk, signal);
      await act();
    });
  }

  async #requireAlone(
    group: string,
    { controller, namespace: name, serial }: CacheDisk,
    signal: AbortSignal,
  ): Promise<void> {
    const { lvm, ...watch } = this.#options;
    const report = (): ReturnType<Lvm['report']> => lvm.report(signal);
    await using held = await observeDisk({ controller, name, serial }, { ...watch, report }, signal);
    const permission = { create: true, maintenance: false, allowInit: [], systemId: '', ownGroups: [group] };
    const closed = closedGate(held.observation, permission, [1, 2, 3, 7]);
    if (closed !== undefined)
      throw new HwError('FailedPrecondition', `gate ${closed.gate} ${closed.name}: ${closed.detail}`);
  }

  #permission({ maintenance, allowInit }: CachePermission): DiskPermission {
    return { create: this.#options.create, maintenance, allowInit, systemId: '', ownGroups: [] };
  }
}

/** LVM's label is in one of the first four sectors. */
const labelBytes = 4096;

function refuseOther({ isBlockDevice, serial, path }: OpenDisk, disk: CacheDisk): void {
  if (isBlockDevice && serial === disk.serial) return;
  const what = isBlockDevice ? `the serial ${serial ?? 'unknown'}` : 'no blocks';
  throw new HwError('FailedPrecondition', `gate 1 WrongDisk: ${path} has ${what}, not ${disk.serial}`);
}
