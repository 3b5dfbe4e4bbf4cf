import { type Clock, errorMessage, HwError, isHwError, type Logger } from '@rackwright/core';
import { type Device, DeviceLeftError, type DeviceManager } from '../devices/device-manager.ts';
import type { DeviceManagers } from '../devices/device-managers.ts';
import type { StateFolder } from '../state/state-folder.ts';
import { Eraser, type PendingErase } from './eraser.ts';
import { VolumeLocks } from './locks.ts';
import type { DeviceMode, Volume, VolumeParameters } from './model.ts';
import { differingParameter } from './parameters.ts';
import { type CapacityRange, checkRange, requireWithin } from './sizes.ts';
import { olderVolumeIdOf, volumeIdOf } from './volume-id.ts';

export interface VolumesOptions {
  readonly state: StateFolder;
  readonly devices: DeviceManagers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends with the process: what was begun on a device is not given up because a caller is gone. */
  readonly signal: AbortSignal;
}

/** A volume that is asked for. */
export interface VolumeRequest {
  readonly name: string;
  readonly range: CapacityRange;
  readonly parameters: VolumeParameters;
  /** Looks whether what a volume will hold serves its purpose. */
  readonly checkSize?: (size: bigint) => void;
}

const fresh = { formatting: false, deleting: false } as const;

/** How long a delete waits for the erasing, in milliseconds; most volumes are gone by then. */
const eraseWaitMs = 1000;

/**
 * The volumes of this node. Each is a state file, written before its device is
 * made and removed after it is gone, so that a crash in between leaves nothing
 * that nobody knows of, and repeating the call brings it to its end.
 */
export class Volumes {
  readonly #options: VolumesOptions;
  readonly #known = new Map<string, Volume>();
  /** Deleted, and their state files do not tell. */
  readonly #unmarked = new Set<string>();
  readonly #locks = new VolumeLocks();
  readonly #eraser: Eraser;

  constructor(options: VolumesOptions) {
    this.#options = options;
    this.#eraser = new Eraser(options);
  }

  /** Reads the state files, brings them in line with the devices and goes on erasing. */
  async load(): Promise<void> {
    const { state, logger } = this.#options;
    const { volumes, unreadable } = await state.read();
    for (const volume of volumes) await this.#adopt(volume);
    for (const [id, error] of unreadable) await this.#rebuild(id, error);
    logger.info('volumes of this node', { volumes: this.#known.size, erasing: this.erasing.volumes });
  }

  /** What is still to be overwritten of deleted volumes. */
  get erasing(): PendingErase {
    return this.#eraser.pending;
  }

  async #adopt(volume: Volume): Promise<void> {
    const { state, devices, logger, signal } = this.#options;
    const { id, deviceMode } = volume;
    let device: Device | undefined;
    try {
      device = await (await devices.of(deviceMode)).get(id, signal);
    } catch (error) {
      // What cannot be looked at is not known to be gone.
      logger.warn('a volume cannot be looked at', { volume: id, error: errorMessage(error) });
      this.#known.set(id, volume);
      return;
    }
    if (device !== undefined) {
      this.#known.set(id, { ...volume, size: device.size });
      if (volume.deleting) void this.#erase(volume);
      return;
    }
    logger.info('a state file without a device is removed', { volume: id });
    await state.remove(id).catch((error: unknown) => {
      // A volume that is asked for again gets a new device, one that is deleted needs none.
      logger.warn('a state file cannot be removed', { volume: id, error: errorMessage(error) });
      this.#known.set(id, volume);
    });
  }

  /** A torn state file; what can be known is what the device tells. */
  async #rebuild(id: string, error: unknown): Promise<void> {
    const { devices, logger, signal } = this.#options;
    const fields = { volume: id, error: errorMessage(error) };
    const device = await (await devices.current).get(id, signal).catch(() => undefined);
    if (device === undefined) {
      logger.warn('a state file cannot be read and is left as it is', fields);
      return;
    }
    logger.warn('a state file cannot be read and is written anew from its device', fields);
    const volume: Volume = {
      ...{ id, name: '', size: device.size, deviceMode: devices.mode, ...fresh },
      parameters: { eraseAfter: true, kataContainers: false, usage: 'AppDirect', persistency: 'normal' },
    };
    await this.#keep(volume).catch((failure: unknown) => {
      logger.warn('a state file cannot be written', { volume: id, error: errorMessage(failure) });
      this.#known.set(id, volume);
    });
  }

  /** Every volume that was not deleted, in the order of the ids. */
  list(): Volume[] {
    const all = [...this.#known.values()].filter(({ deleting }) => !deleting);
    return all.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): Volume | undefined {
    const volume = this.#known.get(id);
    return volume?.deleting === true ? undefined : volume;
  }

  /** @throws HwError NotFound */
  require(id: string): Volume {
    const volume = this.get(id);
    if (volume === undefined) throw new HwError('NotFound', `there is no volume ${quoted(id)} on this node`);
    return volume;
  }

  /** The volume that was made with a name. */
  named(name: string): Volume | undefined {
    return this.get(volumeIdOf(name)) ?? this.get(olderVolumeIdOf(name));
  }

  /** The device of a volume. @throws HwError NotFound if it is gone */
  async device({ id, deviceMode }: Volume): Promise<Device> {
    const { devices, signal } = this.#options;
    const device = await (await devices.of(deviceMode)).get(id, signal);
    if (device === undefined) throw new HwError('NotFound', `the device of volume ${id} is gone`);
    return device;
  }

  /** What is wrong with the devices of volumes, by their ids; they are asked for all at once. */
  async problems(volumes: readonly Volume[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (const [mode, own] of Map.groupBy(volumes, ({ deviceMode }) => deviceMode)) {
      const there = await this.#idsOf(mode).catch(errorMessage);
      for (const { id } of own) {
        if (typeof there === 'string') found.set(id, there);
        else if (!there.has(id)) found.set(id, `the device of volume ${id} is gone`);
      }
    }
    return found;
  }

  async #idsOf(mode: DeviceMode): Promise<ReadonlySet<string>> {
    const { devices, signal } = this.#options;
    return new Set((await (await devices.of(mode)).list(signal)).map(({ id }) => id));
  }

  /** Runs what is done to a volume, one thing at a time. */
  exclusively<T>(id: string, work: () => Promise<T>): Promise<T> {
    return this.#locks.run(id, work);
  }

  /**
   * Makes a volume, or returns the one that the same request made before.
   *
   * @throws HwError AlreadyExists if a volume of that name is another one; OutOfRange, ResourceExhausted;
   *   Conflict while one of that name is still being erased
   */
  create(request: VolumeRequest): Promise<Volume> {
    checkRange(request.range);
    const id = this.named(request.name)?.id ?? volumeIdOf(request.name);
    return this.#locks.run(id, async () => {
      const known = this.#known.get(id);
      if (known?.deleting)
        throw new HwError('Conflict', `volume ${id} was deleted and is still being erased`);
      if (known === undefined) return this.#make(id, request);
      requireSame(known, request);
      return this.#remake(known, request);
    });
  }

  async #make(id: string, { name, range, parameters, checkSize }: VolumeRequest): Promise<Volume> {
    const { devices, signal } = this.#options;
    const manager = await devices.current;
    const size = await manager.planSize(range.requiredBytes, parameters.usage, signal);
    requireWithin(size, range);
    checkSize?.(manager.usableSize?.(size, parameters.usage) ?? size);
    const planned: Volume = { id, name, size, deviceMode: manager.mode, parameters, ...fresh };
    return this.#makeDevice(planned, manager);
  }

  /** The device of a known volume is there as a rule; one that somebody removed is made anew, empty. */
  async #remake(known: Volume, { name, range }: VolumeRequest): Promise<Volume> {
    const { devices, signal } = this.#options;
    const manager = await devices.of(known.deviceMode);
    const device = await manager.get(known.id, signal);
    const volume = { ...known, name, size: device?.size ?? known.size };
    requireFitting(volume, range);
    if (volume.size !== known.size || name !== known.name) await this.#keep(volume);
    return device === undefined ? this.#makeDevice(volume, manager) : volume;
  }

  async #makeDevice(planned: Volume, manager: DeviceManager): Promise<Volume> {
    const { id, size, parameters } = planned;
    // Until it is cleared nothing that is found on it means anything.
    await this.#keep({ ...planned, formatting: true });
    const spec = { id, size, usage: parameters.usage };
    const device = await manager.create(spec, this.#options.signal).catch(async (error: unknown) => {
      if (error instanceof DeviceLeftError) await this.#deleteLater(planned);
      else await this.#forget(id);
      throw error;
    });
    // If this fails the device stays known by what was written before, and the repeated call returns it.
    const volume = { ...planned, size: device.size, formatting: false };
    await this.#keep(volume);
    return volume;
  }

  /** Nobody was told of it. */
  async #deleteLater(planned: Volume): Promise<void> {
    await this.#keep({ ...planned, deleting: true });
    void this.#erase(planned);
  }

  /**
   * Deletes a volume; an unknown one is fine. The answer comes when nothing brings it
   * back any more; its memory may be overwritten after that.
   *
   * @throws HwError FailedPrecondition while it is in use
   */
  async delete(id: string): Promise<void> {
    const erased = await this.#locks.run(id, async () => {
      const volume = this.#known.get(id);
      if (volume === undefined) return undefined;
      if (!volume.deleting) {
        const manager = await this.#options.devices.of(volume.deviceMode);
        await manager.requireUnused(id, this.#options.signal);
        await this.#markDeleting(volume);
      }
      return { done: this.#erase(volume) };
    });
    if (erased === undefined) return;
    if (!this.#unmarked.has(id)) return this.#atMost(eraseWaitMs, erased.done);
    await erased.done;
    if (this.#known.has(id)) throw new HwError('Unavailable', `volume ${id} is not removed yet`);
  }

  /** A deletion makes room: where there is none to write it down the answer comes once the volume is gone. */
  async #markDeleting(volume: Volume): Promise<void> {
    const marked: Volume = { ...volume, deleting: true };
    await this.#keep(marked).catch((error: unknown) => {
      if (!isHwError(error, 'ResourceExhausted')) throw error;
      this.#unmarked.add(volume.id);
      this.#known.set(volume.id, marked);
    });
  }

  #erase({ id, size, deviceMode, parameters }: Volume): Promise<void> {
    const erase = parameters.eraseAfter;
    return this.#eraser.begin({
      ...{ id, bytes: erase ? size : 0n },
      remove: async (progress, signal) => {
        const manager = await this.#options.devices.of(deviceMode);
        await manager.delete(id, { erase, progress }, signal);
        await this.#forget(id);
      },
    });
  }

  async #atMost(ms: number, work: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    using _ = this.#options.clock.timer(ms, resolve);
    await Promise.race([work, promise]);
  }

  /**
   * Makes a volume at least as large as asked for.
   *
   * @throws HwError NotFound, OutOfRange, ResourceExhausted
   */
  grow(id: string, range: CapacityRange): Promise<Volume> {
    checkRange(range);
    return this.#locks.run(id, async () => {
      const { devices, signal } = this.#options;
      const volume = this.require(id);
      if (volume.parameters.kataContainers)
        throw new HwError('Unsupported', `volume ${id} is for kataContainers, and its image does not grow`);
      const manager = await devices.of(volume.deviceMode);
      if (manager.grow === undefined)
        throw new HwError('Unsupported', `volumes of mode ${volume.deviceMode} do not grow`);
      const { size } = await this.device(volume);
      const planned = await manager.planSize(range.requiredBytes, volume.parameters.usage, signal);
      const wanted = range.requiredBytes > size ? planned : size;
      requireWithin(wanted, range);
      // Also one that is as large already: a crash may have come before its device showed it.
      const device = await manager.grow(id, wanted, signal);
      const grown = { ...volume, size: device.size };
      if (grown.size !== volume.size) await this.#keep(grown);
      return grown;
    });
  }

  /**
   * Formats a volume. That it was begun is written down before and taken back after,
   * so that one which a crash cut short is formatted again, and no other ever is.
   */
  async format({ id }: Volume, format: () => Promise<void>): Promise<void> {
    await this.#keep({ ...this.require(id), formatting: true });
    await format();
    await this.#keep({ ...this.require(id), formatting: false });
  }

  /** Writes down at which target a volume is being mounted read-only; undefined once it is. */
  async notePublishing({ id }: Volume, target: string | undefined): Promise<void> {
    const { publishing: _, ...volume } = this.require(id);
    await this.#keep({ ...volume, ...(target !== undefined && { publishing: target }) });
  }

  async #keep(volume: Volume): Promise<void> {
    await this.#options.state.write(volume);
    this.#known.set(volume.id, volume);
  }

  async #forget(id: string): Promise<void> {
    await this.#options.state.remove(id);
    this.#known.delete(id);
    this.#unmarked.delete(id);
  }
}

function requireSame(known: Volume, { name, parameters }: VolumeRequest): void {
  if (known.name === '') return;
  if (known.name !== name)
    throw new HwError('Internal', `volume ${known.id} was made for the name ${quoted(known.name)}`);
  const parameter = differingParameter(known.parameters, parameters);
  if (parameter !== undefined)
    throw new HwError('AlreadyExists', `volume ${quoted(name)} is there with another ${parameter}`, {
      field: 'parameters',
    });
}

function requireFitting({ name, size }: Volume, { requiredBytes, limitBytes }: CapacityRange): void {
  if (size >= requiredBytes && (limitBytes === 0n || size <= limitBytes)) return;
  throw new HwError('AlreadyExists', `volume ${quoted(name)} is there with ${size} bytes`, {
    field: 'capacity_range',
  });
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 128));
}
