import { access, readFile } from 'node:fs/promises';
import { type Clock, errorMessage, HwError, type Logger, Mutex } from '@rackwright/core';
import { pmem } from '@rackwright/keys';
import type { HostTools, Lvm, VolumeGroup } from '@rackwright/storage';
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
  type DeviceRemoval,
  type DeviceSpec,
} from '../device-manager.ts';
import { Ndctl } from '../ndctl.ts';
import { isUsable } from '../region-units.ts';
import { memoryLvm } from './memory-lvm.ts';
import { PendingNamespaces } from './pending-namespaces.ts';
import { groupOf } from './prepare-groups.ts';
import { RegionGroups } from './region-groups.ts';
import { type KnownVolume, VolumeGroups } from './volume-groups.ts';

/** Extents of a volume group that nobody chose others for. */
const unit = 4n * 1024n * 1024n;
/** What is overwritten of a volume whose data may stay. */
const headBytes = 4096n;
/** In which sysfs tells sizes, whatever the device. */
const sectorBytes = 512n;
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
  readonly #groups: VolumeGroups;
  readonly #regions: RegionGroups;
  readonly #totalBytes: bigint;
  /** Room is looked for and taken in one go. */
  readonly #changes = new Mutex();

  private constructor(
    options: LvmDevicesOptions,
    regions: RegionGroups,
    { names, totalBytes }: { readonly names: readonly string[]; readonly totalBytes: bigint },
  ) {
    this.#options = options;
    this.#regions = regions;
    this.#tools = options.node.tools;
    this.#lvm = memoryLvm(this.#tools);
    this.#groups = new VolumeGroups({ lvm: this.#lvm, tools: this.#tools, names });
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
    return new LvmDevices(options, prepared, { names: usable.map(groupOf), totalBytes });
  }

  async capacity(signal: AbortSignal): Promise<DeviceCapacity> {
    const { groups } = await this.#groups.report(signal);
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
      const { groups, volumes } = await this.#groups.report(signal);
      const taken = volumes.find(({ name }) => name === id);
      if (taken !== undefined)
        throw new HwError('AlreadyExists', `${taken.path} is there already, and belongs to no volume`);
      const vg = await this.#allocate({ id, size }, groups, signal);
      try {
        const made = await this.#find(id, signal);
        if (made === undefined) throw new HwError('Internal', `lvm lvcreate made no volume ${vg}/${id}`);
        const device = await this.#activated(made, signal);
        await clearSignatures(this.#tools.root.path(device.path), device.size, signal);
        return device;
      } catch (error) {
        await this.#takeBack({ vg, id }, error, signal);
        throw error;
      }
    });
  }

  /** The first group that has room, and in which LVM does it. */
  async #allocate(
    spec: Pick<DeviceSpec, 'id' | 'size'>,
    groups: readonly VolumeGroup[],
    signal: AbortSignal,
  ): Promise<string> {
    const { size } = spec;
    const fitting = groups.filter(({ freeBytes }) => freeBytes >= size);
    let failure: unknown;
    for (const group of fitting) {
      try {
        await this.#allocateIn(group, spec, signal);
        return group.name;
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

  async #allocateIn(
    { name: vg, uuid: vgUuid, extentBytes }: VolumeGroup,
    { id, size }: Pick<DeviceSpec, 'id' | 'size'>,
    signal: AbortSignal,
  ): Promise<void> {
    const [path, tags] = [this.#tools.root.dev(vg, id), [this.#tag]];
    // LVM takes whole extents.
    const after = { name: id, vg, vgUuid, path, tags, sizeBytes: roundUp(size, extentBytes || unit) };
    await this.#groups.change(vg, { after }, () =>
      this.#lvm.createSizedLv({ vg, name: id, bytes: size, tags }, signal),
    );
  }

  /** What was just made and holds nothing. @throws DeviceLeftError if it cannot be removed */
  async #takeBack(
    { vg, id }: { readonly vg: string; readonly id: string },
    why: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const isGone = await this.#find(id, signal).then(
      (found) => found === undefined,
      () => false,
    );
    if (isGone) return;
    await this.#lvm.removeLv({ vg, name: id }).catch((error: unknown) => {
      const fields = { vg, name: id, error: errorMessage(error) };
      this.#options.logger.error('a logical volume could not be taken back', fields);
      throw new DeviceLeftError(id, why);
    });
  }

  async get(id: string, signal: AbortSignal): Promise<Device | undefined> {
    const found = await this.#find(id, signal);
    return found && deviceOf(found);
  }

  async list(signal: AbortSignal): Promise<readonly Device[]> {
    const { volumes } = await this.#groups.report(signal);
    const own = await Promise.all(volumes.map((volume) => this.#isOwn(volume)));
    return volumes.filter((_, i) => own[i]).map(deviceOf);
  }

  async activate(id: string, signal: AbortSignal): Promise<Device> {
    return this.#activated(await this.#require(id, signal), signal);
  }

  async #activated(volume: KnownVolume, signal: AbortSignal): Promise<Device> {
    const { path } = volume;
    if ((await this.#options.node.blockNumber(path)) === undefined) {
      await this.#lvm.activateLv(volume, signal);
      await this.#untilThere(path, signal);
    }
    await this.#requireMapped(volume);
    await this.#bringUpToDate(volume, signal);
    return deviceOf(volume);
  }

  /**
   * A crash in the middle of a command of LVM leaves a device of the size from before, or a
   * suspended one, on which every access waits for ever; whoever loads it anew ends both.
   */
  async #bringUpToDate(volume: KnownVolume, signal: AbortSignal): Promise<void> {
    if (await this.#isUpToDate(volume)) return;
    await this.#lvm.refreshLv(volume, signal);
    if (await this.#isUpToDate(volume)) return;
    const why = `lvm lvchange has left ${volume.path} suspended or too small and says it has not`;
    throw new HwError('Internal', why);
  }

  async #isUpToDate({ path, sizeBytes }: KnownVolume): Promise<boolean> {
    const { root } = this.#tools;
    const number = await this.#options.node.numberOf(path);
    const told = (...names: readonly string[]): Promise<string> =>
      readFile(root.path(root.sys('dev', 'block', number, ...names)), 'utf8');
    const [sectors, suspended] = await Promise.all([told('size'), told('dm', 'suspended')]);
    return BigInt(sectors.trim()) * sectorBytes >= sizeBytes && suspended.trim() === '0';
  }

  /** The kernel itself says that what is behind a node is the volume and no other. @throws HwError FailedPrecondition */
  async #requireMapped({ path, vgUuid, uuid = '' }: KnownVolume): Promise<void> {
    const { root } = this.#tools;
    const number = await this.#options.node.numberOf(path);
    const file = root.path(root.sys('dev', 'block', number, 'dm', 'uuid'));
    const mapped = await readFile(file, 'utf8').catch(() => '');
    if (mapped.startsWith(`LVM-${`${vgUuid}${uuid}`.replaceAll('-', '')}`)) return;
    throw new HwError('FailedPrecondition', `${path} is not the logical volume of that name`);
  }

  async requireUnused(id: string, signal: AbortSignal): Promise<void> {
    const volume = await this.#find(id, signal);
    const { node } = this.#options;
    if (volume !== undefined && (await node.blockNumber(volume.path)) !== undefined)
      await node.requireUnused(volume.path);
  }

  async delete(id: string, { erase, progress }: DeviceRemoval, signal: AbortSignal): Promise<void> {
    const found = await this.#find(id, signal);
    if (found === undefined) return;
    const { path, size } = await this.#activated(found, signal);
    await this.#options.node.requireUnused(path);
    const range = { to: erase || size < headBytes ? size : headBytes, progress };
    await writeZeros(this.#tools.root.path(path), range, signal);
    await this.#changes.run(async () => {
      const before = await this.#find(id, signal);
      if (before === undefined) return;
      await this.#groups.change(before.vg, { before }, () => this.#lvm.removeLv(before, signal));
      if ((await this.#find(id, signal)) !== undefined)
        throw new HwError('Internal', `lvm lvremove has left ${before.vg}/${id} and says it has not`);
    });
  }

  grow(id: string, size: bigint, signal: AbortSignal): Promise<Device> {
    return this.#changes.run(async () => {
      const volume = await this.#require(id, signal);
      const wanted = roundUp(size, unit);
      if (wanted <= volume.sizeBytes) return this.#activated(volume, signal);
      const { groups } = await this.#groups.report(signal);
      const group = groups.find(({ name }) => name === volume.vg);
      const free = group?.freeBytes ?? 0n;
      if (wanted - volume.sizeBytes > free)
        throw new HwError(
          'ResourceExhausted',
          `${wanted - volume.sizeBytes} bytes more are needed, and ${free} are free in ${volume.vg}`,
        );
      const after = { ...volume, sizeBytes: roundUp(wanted, group?.extentBytes || unit) };
      await this.#groups.change(volume.vg, { before: volume, after }, () =>
        this.#lvm.growLv(volume, wanted, signal),
      );
      const grown = await this.#require(id, signal);
      if (grown.sizeBytes < wanted)
        throw new HwError(
          'Internal',
          `lvm lvextend has left ${volume.vg}/${id} as it was and says it has not`,
        );
      return this.#activated(grown, signal);
    });
  }

  async #find(id: string, signal: AbortSignal): Promise<KnownVolume | undefined> {
    requireId(id);
    const volume = (await this.#groups.report(signal)).volumes.find(({ name }) => name === id);
    return volume !== undefined && (await this.#isOwn(volume)) ? volume : undefined;
  }

  async #require(id: string, signal: AbortSignal): Promise<KnownVolume> {
    const volume = await this.#find(id, signal);
    if (volume === undefined) throw new HwError('NotFound', `there is no logical volume of ${id}`);
    return volume;
  }

  /** Volumes of the older driver have no tag, but a state file. */
  async #isOwn({ name, tags }: KnownVolume): Promise<boolean> {
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

function deviceOf({ name, sizeBytes, path }: KnownVolume): Device {
  return { id: name, size: sizeBytes, path };
}

function requireId(id: string): void {
  if (!isVolumeId(id)) throw new HwError('NotFound', `${JSON.stringify(id)} is no id of a volume`);
}
