import { access } from 'node:fs/promises';
import { type Clock, errorMessage, HwError, type Logger, Mutex } from '@rackwright/core';
import { pmem } from '@rackwright/keys';
import type { HostTools, LogicalVolume, Lvm, VolumeGroup, VolumeName } from '@rackwright/storage';
import { clearSignatures, writeZeros } from '../../files/erase.ts';
import type { NodeTools } from '../../files/node-tools.ts';
import type { Usage } from '../../volumes/model.ts';
import { roundDown, roundUp } from '../../volumes/sizes.ts';
import { isVolumeId } from '../../volumes/volume-id.ts';
import {
  type Device,
  type DeviceCapacity,
  DeviceLeftError,
  type DeviceManager,
  type DeviceSpec,
} from '../device-manager.ts';
import { Ndctl } from '../ndctl.ts';
import { isUsable } from '../region-units.ts';
import { memoryLvm } from './memory-lvm.ts';
import { PendingNamespaces } from './pending-namespaces.ts';
import { groupOf } from './prepare-groups.ts';
import { RegionGroups } from './region-groups.ts';

/** Extents of a volume group that nobody chose others for. */
const unit = 4n * 1024n * 1024n;
/** What is overwritten of a volume whose data may stay. */
const headBytes = 4096n;
const nodeDeadlineMs = 10_000;
const nodeIntervalMs = 100;

export interface LvmDevicesOptions {
  readonly node: NodeTools;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Name of the driver, by which its volumes are tagged. */
  readonly driver: string;
  /** How much of each region volumes may take; 0 for nothing more than what is taken. */
  readonly percentage: number;
  /** Folder of the driver's state. */
  readonly state: string;
  /** Whether a volume of the driver has this id, also where the volume does not tell. */
  readonly isKnown: (id: string) => Promise<boolean>;
}

/** Logical volumes, in one volume group for each region of persistent memory. */
export class LvmDevices implements DeviceManager {
  readonly mode = 'lvm';
  readonly #options: LvmDevicesOptions;
  readonly #tools: HostTools;
  readonly #lvm: Lvm;
  readonly #groups: readonly string[];
  readonly #regions: RegionGroups;
  readonly #totalBytes: bigint;
  /** Room is looked for and taken in one go. */
  readonly #changes = new Mutex();

  private constructor(
    options: LvmDevicesOptions,
    regions: RegionGroups,
    { groups, totalBytes }: { readonly groups: readonly string[]; readonly totalBytes: bigint },
  ) {
    this.#options = options;
    this.#regions = regions;
    this.#tools = options.node.tools;
    this.#lvm = memoryLvm(this.#tools);
    this.#groups = groups;
    this.#totalBytes = totalBytes;
  }

  /** Finds the groups, and makes what is missing of them. */
  static async open(options: LvmDevicesOptions, signal: AbortSignal): Promise<LvmDevices> {
    const { node, clock, logger, percentage, state } = options;
    const { tools } = node;
    const ndctl = new Ndctl(tools);
    const regions = await ndctl.list(signal);
    const persistent = regions.filter((region) => region.persistent);
    const totalBytes = persistent.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n);
    const usable = regions.filter(isUsable);
    const pending = new PendingNamespaces(state);
    const parts = { ndctl, lvm: memoryLvm(tools), tools, pending, clock, logger, percentage };
    const prepared = new RegionGroups(parts);
    if (percentage > 0) await prepared.prepare(usable, signal);
    return new LvmDevices(options, prepared, { groups: usable.map(groupOf), totalBytes });
  }

  async capacity(signal: AbortSignal): Promise<DeviceCapacity> {
    const { groups } = await this.#report(signal);
    const free = groups.map(({ freeBytes, extentBytes }) => roundDown(freeBytes, extentBytes || unit));
    return {
      maxVolumeSize: free.reduce((most, one) => (one > most ? one : most), 0n),
      available: free.reduce((sum, one) => sum + one, 0n),
      managed: groups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n),
      total: this.#totalBytes,
    };
  }

  get unprepared(): ReadonlyMap<string, unknown> {
    return this.#regions.failures;
  }

  async planSize(bytes: bigint, _usage: Usage): Promise<bigint> {
    return roundUp(bytes, unit);
  }

  create({ id, size }: DeviceSpec, signal: AbortSignal): Promise<Device> {
    requireId(id);
    return this.#changes.run(async () => {
      const { groups, volumes } = await this.#report(signal);
      const taken = volumes.find(({ name }) => name === id);
      if (taken !== undefined)
        throw new HwError('AlreadyExists', `${taken.path} is there already, and belongs to no volume`);
      const vg = await this.#allocate({ id, size }, groups, signal);
      try {
        const path = this.#tools.root.dev(vg, id);
        await this.#untilThere(path, signal);
        await clearSignatures(this.#tools.root.path(path), size, signal);
        return { id, size, path };
      } catch (error) {
        await this.#takeBack({ vg, name: id }, error);
        throw error;
      }
    });
  }

  /** The first group that has room, and in which LVM does it. */
  async #allocate(
    { id, size }: Pick<DeviceSpec, 'id' | 'size'>,
    groups: readonly VolumeGroup[],
    signal: AbortSignal,
  ): Promise<string> {
    const fitting = groups.filter(({ freeBytes }) => freeBytes >= size);
    let failure: unknown;
    for (const { name: vg } of fitting) {
      try {
        await this.#lvm.createSizedLv({ vg, name: id, bytes: size, tags: [this.#tag] }, signal);
        return vg;
      } catch (error) {
        signal.throwIfAborted();
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    const most = groups.reduce((max, { freeBytes }) => (freeBytes > max ? freeBytes : max), 0n);
    const unprepared = [...this.unprepared].map(([region, error]) => `; ${region}: ${errorMessage(error)}`);
    throw new HwError(
      'ResourceExhausted',
      `${size} bytes are needed, and at most ${most} are free in one group${unprepared.join('')}`,
    );
  }

  /** It was just made and holds nothing. @throws DeviceLeftError if it cannot be removed */
  async #takeBack(volume: VolumeName, why: unknown): Promise<void> {
    await this.#lvm.removeLv(volume).catch((error: unknown) => {
      const fields = { ...volume, error: errorMessage(error) };
      this.#options.logger.error('a logical volume could not be taken back', fields);
      throw new DeviceLeftError(volume.name, why);
    });
  }

  async get(id: string, signal: AbortSignal): Promise<Device | undefined> {
    const found = await this.#find(id, signal);
    return found && deviceOf(found);
  }

  async list(signal: AbortSignal): Promise<readonly Device[]> {
    const { volumes } = await this.#report(signal);
    const own = await Promise.all(volumes.map((volume) => this.#isOwn(volume)));
    return volumes.filter((_, i) => own[i]).map(deviceOf);
  }

  async activate(id: string, signal: AbortSignal): Promise<Device> {
    const volume = await this.#require(id, signal);
    if (!volume.active) await this.#lvm.activateLv(volume, signal);
    await this.#untilThere(volume.path, signal);
    return deviceOf(volume);
  }

  async requireUnused(id: string, signal: AbortSignal): Promise<void> {
    const volume = await this.#find(id, signal);
    if (volume?.active) await this.#options.node.requireUnused(volume.path);
  }

  async delete(id: string, { erase }: { readonly erase: boolean }, signal: AbortSignal): Promise<void> {
    if ((await this.#find(id, signal)) === undefined) return;
    const { path, size } = await this.activate(id, signal);
    await this.#options.node.requireUnused(path);
    await writeZeros(this.#tools.root.path(path), erase || size < headBytes ? size : headBytes, signal);
    await this.#changes.run(async () => {
      const volume = await this.#find(id, signal);
      if (volume !== undefined) await this.#lvm.removeLv(volume, signal);
    });
  }

  grow(id: string, size: bigint, signal: AbortSignal): Promise<Device> {
    return this.#changes.run(async () => {
      const volume = await this.#require(id, signal);
      const wanted = roundUp(size, unit);
      if (wanted <= volume.sizeBytes) return deviceOf(volume);
      const { groups } = await this.#report(signal);
      const free = groups.find(({ name }) => name === volume.vg)?.freeBytes ?? 0n;
      if (wanted - volume.sizeBytes > free)
        throw new HwError(
          'ResourceExhausted',
          `${wanted - volume.sizeBytes} bytes more are needed, and ${free} are free in ${volume.vg}`,
        );
      await this.#lvm.growLv(volume, wanted, signal);
      return deviceOf({ ...volume, sizeBytes: wanted });
    });
  }

  /** Our groups, in the order of their regions, and everything in them. */
  async #report(
    signal: AbortSignal,
  ): Promise<{ readonly groups: readonly VolumeGroup[]; readonly volumes: readonly LogicalVolume[] }> {
    const { vgs, lvs } = await this.#lvm.report(signal);
    const groups = this.#groups.flatMap((name) => vgs.find((group) => group.name === name) ?? []);
    return { groups, volumes: lvs.filter(({ vgUuid }) => groups.some(({ uuid }) => uuid === vgUuid)) };
  }

  async #find(id: string, signal: AbortSignal): Promise<LogicalVolume | undefined> {
    requireId(id);
    const volume = (await this.#report(signal)).volumes.find(({ name }) => name === id);
    return volume !== undefined && (await this.#isOwn(volume)) ? volume : undefined;
  }

  async #require(id: string, signal: AbortSignal): Promise<LogicalVolume> {
    const volume = await this.#find(id, signal);
    if (volume === undefined) throw new HwError('NotFound', `there is no logical volume of ${id}`);
    return volume;
  }

  /** Volumes of the older driver have no tag, but a state file. */
  async #isOwn({ name, tags }: LogicalVolume): Promise<boolean> {
    if (tags.includes(this.#tag)) return true;
    const isOfOthers = tags.some((tag) => tag.startsWith(pmem.volumeTag));
    return !isOfOthers && isVolumeId(name) && this.#options.isKnown(name);
  }

  get #tag(): string {
    return pmem.volumeTag + this.#options.driver;
  }

  /** LVM is done before the node in /dev is there, where udev makes it. */
  async #untilThere(path: string, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const deadline = clock.monotonic() + nodeDeadlineMs;
    while (!(await exists(this.#tools.root.path(path)))) {
      if (clock.monotonic() >= deadline) throw new HwError('Unavailable', `${path} does not appear`);
      await clock.sleep(nodeIntervalMs, signal);
    }
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function deviceOf({ name, sizeBytes, path }: LogicalVolume): Device {
  return { id: name, size: sizeBytes, path };
}

function requireId(id: string): void {
  if (!isVolumeId(id)) throw new HwError('NotFound', `${JSON.stringify(id)} is no id of a volume`);
}
