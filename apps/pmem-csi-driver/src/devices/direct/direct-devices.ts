import { randomUUID } from 'node:crypto';
import { errorMessage, HwError, type Logger, Mutex } from '@rackwright/core';
import type { NdNamespace, NdRegion } from '@rackwright/hardware-pmem';
import { clearSignatures, writeZeros } from '../../files/erase.ts';
import type { NodeTools } from '../../files/node-tools.ts';
import type { Usage } from '../../volumes/model.ts';
import { roundUp } from '../../volumes/sizes.ts';
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
import { leastNamespace, usualAlign } from '../region-units.ts';
import { capacityOf, placeFor, type RegionRoom, roomOf } from './room.ts';

/** What is overwritten of a volume whose data may stay. */
const headBytes = 4096n;
/** What a namespace keeps for itself: 64 bytes of each page of 4 KiB, or 4 of each sector (nd_pfn.c, btt.c). */
const ownShare: Readonly<Record<Usage, bigint>> = { AppDirect: 4096n / 64n, FileIO: 4096n / 4n };
/** Its superblocks, spare sectors and what its data begins at a multiple of. */
const ownBytes = 4n * 1024n * 1024n;

export interface DirectDevicesOptions {
  readonly node: NodeTools;
  readonly logger: Logger;
  /** How much of each region volumes may take; 0 for nothing more than what is taken. */
  readonly percentage: number;
  /** Whether a volume of the driver has this id: namespaces tell nothing but a name. */
  readonly isKnown: (id: string) => Promise<boolean>;
}

/** Where a volume is. */
interface Place {
  readonly namespace: NdNamespace;
  readonly size: bigint;
}

/** Namespaces, each a volume and called by its id. They do not grow. */
export class DirectDevices implements DeviceManager {
  readonly mode = 'direct';
  readonly #options: DirectDevicesOptions;
  readonly #ndctl: Ndctl;
  /** Room is looked for and taken in one go. */
  readonly #changes = new Mutex();

  private constructor(options: DirectDevicesOptions) {
    this.#options = options;
    this.#ndctl = new Ndctl(options.node.tools);
  }

  /** @throws HwError if ndctl cannot be had */
  static async open(options: DirectDevicesOptions, signal: AbortSignal): Promise<DirectDevices> {
    const devices = new DirectDevices(options);
    const { rooms } = await devices.#look(signal);
    if (rooms.length === 0) options.logger.warn('there is no region of persistent memory for volumes');
    return devices;
  }

  async capacity(signal: AbortSignal): Promise<DeviceCapacity> {
    const { regions, rooms } = await this.#look(signal);
    return capacityOf(regions, rooms);
  }

  async planSize(bytes: bigint, _usage: Usage, signal: AbortSignal): Promise<bigint> {
    const { rooms } = await this.#look(signal);
    const unit = rooms[0]?.unit ?? usualAlign;
    return placeFor(rooms, bytes)?.size ?? roundUp(bytes < leastNamespace ? leastNamespace : bytes, unit);
  }

  usableSize(size: bigint, usage: Usage): bigint {
    return size - size / ownShare[usage] - ownBytes;
  }

  create({ id, size, usage }: DeviceSpec, signal: AbortSignal): Promise<Device> {
    requireId(id);
    return this.#changes.run(async () => {
      const { regions, rooms } = await this.#look(signal);
      if (regions.some(({ namespaces }) => namespaces.some(({ name }) => name === id)))
        throw new HwError('AlreadyExists', `there is a namespace ${id} already, and it belongs to no volume`);
      const made = await this.#make({ id, size, usage }, rooms, signal);
      try {
        const device = this.#deviceOf({ namespace: made, size });
        await clearSignatures(this.#options.node.path(device.path), made.sizeBytes, signal);
        return device;
      } catch (error) {
        await this.#takeBack(made, error);
        throw error;
      }
    });
  }

  async #make(
    { id, size, usage }: DeviceSpec,
    rooms: readonly RegionRoom[],
    signal: AbortSignal,
  ): Promise<NdNamespace> {
    const place = rooms.find(({ unit, largest }) => size <= largest && size % unit === 0n);
    if (place === undefined) {
      const most = rooms.reduce((max, { largest }) => (largest > max ? largest : max), 0n);
      throw new HwError(
        'ResourceExhausted',
        `${size} bytes are needed, and at most ${most} are free in one piece`,
      );
    }
    const { bus, name: region } = place.region;
    // A block translation table keeps sectors whole, and cannot be mapped.
    const mode = usage === 'FileIO' ? 'sector' : 'fsdax';
    const spec = { bus, region, mode, bytes: size, name: id, uuid: randomUUID() } as const;
    return this.#ndctl.createNamespace(spec, signal);
  }

  /** It was just made and holds nothing. @throws DeviceLeftError if it cannot be destroyed */
  async #takeBack({ device, name }: NdNamespace, why: unknown): Promise<void> {
    await this.#ndctl.destroyNamespace(device).catch((error: unknown) => {
      const fields = { volume: name, namespace: device, error: errorMessage(error) };
      this.#options.logger.error('a namespace could not be taken back', fields);
      throw new DeviceLeftError(name, why);
    });
  }

  async get(id: string, signal: AbortSignal): Promise<Device | undefined> {
    const place = await this.#find(id, signal);
    return place && this.#deviceOf(place);
  }

  async list(signal: AbortSignal): Promise<readonly Device[]> {
    const { own } = await this.#look(signal);
    return own.map((place) => this.#deviceOf(place));
  }

  async activate(id: string, signal: AbortSignal): Promise<Device> {
    const place = await this.#require(id, signal);
    if (place.namespace.enabled) return this.#deviceOf(place);
    await this.#ndctl.enableNamespace(place.namespace.device, signal);
    return this.#deviceOf(await this.#require(id, signal));
  }

  async requireUnused(id: string, signal: AbortSignal): Promise<void> {
    const place = await this.#find(id, signal);
    if (place?.namespace.enabled) await this.#options.node.requireUnused(this.#deviceOf(place).path);
  }

  async delete(id: string, { erase, progress }: DeviceRemoval, signal: AbortSignal): Promise<void> {
    if ((await this.#find(id, signal)) === undefined) return;
    const { path } = await this.activate(id, signal);
    const { node } = this.#options;
    await node.requireUnused(path);
    const { namespace } = await this.#require(id, signal);
    await writeZeros(node.path(path), { to: erase ? namespace.sizeBytes : headBytes, progress }, signal);
    await this.#changes.run(async () => {
      await this.#ndctl.destroyNamespace(namespace.device, signal);
      if ((await this.#find(id, signal)) !== undefined)
        throw new HwError('Internal', `ndctl has left the namespace of ${id} and says it has not`);
    });
  }

  async #look(signal: AbortSignal): Promise<{
    readonly regions: readonly NdRegion[];
    readonly rooms: readonly RegionRoom[];
    readonly own: readonly Place[];
  }> {
    const regions = await this.#ndctl.list(signal);
    const byRegion = new Map<string, readonly Place[]>();
    for (const { name, namespaces } of regions) byRegion.set(name, await this.#ownOf(namespaces));
    const ownBytes = ({ name }: NdRegion): bigint =>
      (byRegion.get(name) ?? []).reduce((sum, { size }) => sum + size, 0n);
    const rooms = roomOf(regions, ownBytes, this.#options.percentage);
    return { regions, rooms, own: [...byRegion.values()].flat() };
  }

  async #ownOf(namespaces: readonly NdNamespace[]): Promise<readonly Place[]> {
    const places: Place[] = [];
    for (const namespace of namespaces) {
      if (!isVolumeId(namespace.name) || !(await this.#options.isKnown(namespace.name))) continue;
      places.push({ namespace, size: await this.#ndctl.rawBytes(namespace) });
    }
    return places;
  }

  async #find(id: string, signal: AbortSignal): Promise<Place | undefined> {
    requireId(id);
    return (await this.#look(signal)).own.find(({ namespace }) => namespace.name === id);
  }

  async #require(id: string, signal: AbortSignal): Promise<Place> {
    const place = await this.#find(id, signal);
    if (place === undefined) throw new HwError('NotFound', `there is no namespace of ${id}`);
    return place;
  }

  #deviceOf({ namespace: { name, device, blockDevice }, size }: Place): Device {
    const { root } = this.#options.node.tools;
    // One that is disabled has no block device until it is activated.
    return { id: name, size, path: root.dev(blockDevice ?? device) };
  }
}

function requireId(id: string): void {
  if (!isVolumeId(id)) throw new HwError('NotFound', `${JSON.stringify(id)} is no id of a volume`);
}
