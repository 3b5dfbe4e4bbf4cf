import { mkdir, readdir, readFile, rename, rm, stat, statfs, truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HwError, Mutex } from '@rackwright/core';
import type { HostTools } from '@rackwright/storage';
import { requireUnopened, writeZeros } from '../../files/erase.ts';
import type { Usage } from '../../volumes/model.ts';
import { roundDown, roundUp } from '../../volumes/sizes.ts';
import { isVolumeId } from '../../volumes/volume-id.ts';
import type {
  Device,
  DeviceCapacity,
  DeviceManager,
  DeviceRemoval,
  DeviceSpec,
  MountSource,
} from '../device-manager.ts';
import { backingFiles } from './backing-files.ts';

const unit = 4n * 1024n * 1024n;
/** Not yet a volume; no id has that character. */
const unfinished = '~new';
/** In which sysfs tells sizes, whatever the device. */
const sectorBytes = 512n;

export interface LoopDevicesOptions {
  /** Where the files are. */
  readonly folder: string;
  /** How much of the folder's file system volumes may take. */
  readonly percentage: number;
  readonly tools: HostTools;
}

/** Files as disks, for machines without persistent memory where real file systems are wanted. */
export class LoopDevices implements DeviceManager {
  readonly mode = 'loop';
  readonly #options: LoopDevicesOptions;
  /** Room is looked for and taken in one go, and one file is attached once. */
  readonly #changes = new Mutex();

  private constructor(options: LoopDevicesOptions) {
    this.#options = options;
  }

  /** Opens the folder; what a crash left half done is taken away. */
  static async open(options: LoopDevicesOptions): Promise<LoopDevices> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(options.folder)) {
      if (name.endsWith(unfinished)) await rm(join(options.folder, name), { force: true });
    }
    return new LoopDevices(options);
  }

  async capacity(): Promise<DeviceCapacity> {
    const { folder, percentage } = this.#options;
    const { bsize, blocks, bavail } = await statfs(folder, { bigint: true });
    const total = blocks * bsize;
    const managed = (total * BigInt(percentage)) / 100n;
    const used = (await this.list()).reduce((sum, { size }) => sum + size, 0n);
    const free = managed - used < bavail * bsize ? managed - used : bavail * bsize;
    const available = roundDown(free, unit);
    return { maxVolumeSize: available, available, managed, total };
  }

  async planSize(bytes: bigint, _usage: Usage): Promise<bigint> {
    return roundUp(bytes, unit);
  }

  create({ id, size }: DeviceSpec, signal: AbortSignal): Promise<Device> {
    return this.#changes.run(async () => {
      await this.#requireRoom(size);
      const made = this.#path(id) + unfinished;
      await rm(made, { force: true });
      try {
        await this.#allocate(made, size, signal);
        await rename(made, this.#path(id));
      } catch (error) {
        await rm(made, { force: true });
        throw error;
      }
      return { id, size, path: this.#path(id) };
    });
  }

  async get(id: string): Promise<Device | undefined> {
    const path = this.#path(id);
    const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    return found === undefined ? undefined : { id, size: found.size, path };
  }

  async list(): Promise<readonly Device[]> {
    const names = await readdir(this.#options.folder);
    const found = await Promise.all(names.filter(isVolumeId).map((id) => this.get(id)));
    return found.filter((device) => device !== undefined);
  }

  activate(id: string, signal: AbortSignal): Promise<Device> {
    return this.#changes.run(async () => {
      const device = await this.#require(id);
      const attached = await this.#attached(device.path, signal);
      if (attached !== undefined) return { ...device, path: attached };
      await this.#options.tools.expect(['losetup', '-f', device.path], { signal });
      const made = await this.#attached(device.path, signal);
      if (made === undefined)
        throw new HwError('Internal', `losetup has attached ${device.path} to no device and says it has`);
      return { ...device, path: made };
    });
  }

  /** The file itself, unless a device is there for it. */
  async mountSource(id: string, signal: AbortSignal): Promise<MountSource> {
    const device = await this.#require(id);
    const attached = await this.#attached(device.path, signal);
    return { ...device, path: attached ?? device.path, isFile: attached === undefined };
  }

  async requireUnused(id: string, signal: AbortSignal): Promise<void> {
    const device = await this.get(id);
    const attached = device && (await this.#attached(device.path, signal));
    if (attached !== undefined) await requireUnopened(attached);
  }

  async delete(id: string, { erase, progress }: DeviceRemoval, signal: AbortSignal): Promise<void> {
    const device = await this.get(id);
    if (device === undefined) return;
    const attached = await this.#attached(device.path, signal);
    if (attached !== undefined) {
      await requireUnopened(attached);
      await this.#options.tools.expect(['losetup', '-d', attached], { signal });
      await this.#requireDetached(device.path, signal);
    }
    // What was in a file that is gone is for nobody to find.
    if (erase) await writeZeros(device.path, { to: device.size, progress }, signal);
    await rm(device.path, { force: true });
  }

  /** One with somebody else, such as udev, goes with the last of them. */
  async #requireDetached(path: string, signal: AbortSignal): Promise<void> {
    const left = await this.#attached(path, signal);
    if (left === undefined || (await this.#told(left, 'loop', 'autoclear')) === 1n) return;
    throw new HwError('Internal', `losetup has left ${path} attached and says it has not`);
  }

  grow(id: string, size: bigint, signal: AbortSignal): Promise<Device> {
    return this.#changes.run(async () => {
      const device = await this.#require(id);
      const wanted = roundUp(size, unit);
      if (wanted > device.size) {
        await this.#requireRoom(wanted - device.size);
        await this.#allocate(device.path, wanted, signal);
      }
      const grown = wanted > device.size ? { ...device, size: wanted } : device;
      await this.#showSize(grown, signal);
      return grown;
    });
  }

  /** Makes a device as large as its file, also after a crash that came in between. */
  async #showSize({ path, size }: Device, signal: AbortSignal): Promise<void> {
    const attached = await this.#attached(path, signal);
    if (attached === undefined || (await this.#shows(attached, size)) === true) return;
    await this.#options.tools.expect(['losetup', '-c', attached], { signal });
    if ((await this.#shows(attached, size)) === false)
      throw new HwError('Internal', `losetup has not made ${attached} as large as its file and says it has`);
  }

  /** Whether a device has a size; undefined where sysfs does not tell. */
  async #shows(attached: string, size: bigint): Promise<boolean | undefined> {
    const sectors = await this.#told(attached, 'size');
    return sectors === undefined ? undefined : sectors * sectorBytes >= size;
  }

  /** A number that sysfs tells of a device; undefined where it does not. */
  async #told(device: string, ...names: readonly string[]): Promise<bigint | undefined> {
    const { root } = this.#options.tools;
    const file = root.path(root.sys('block', basename(device), ...names));
    const text = (await readFile(file, 'utf8').catch(() => '')).trim();
    return /^\d{1,19}$/.test(text) ? BigInt(text) : undefined;
  }

  /** Blocks are taken at once, so that a volume never finds its disk full. */
  async #allocate(path: string, size: bigint, signal: AbortSignal): Promise<void> {
    const before = (await stat(path).catch(() => undefined))?.size;
    try {
      await this.#options.tools.expect(['fallocate', '-l', `${size}`, path], { signal });
      if ((await stat(path, { bigint: true }).catch(() => undefined))?.size !== size)
        throw new HwError('Internal', `fallocate has made no file of ${size} bytes and says it has`);
    } catch (error) {
      if (before !== undefined) await truncate(path, before);
      throw error;
    }
  }

  /** The device a file is attached to. */
  async #attached(path: string, signal: AbortSignal): Promise<string | undefined> {
    const { tools } = this.#options;
    const told = backingFiles(tools.root);
    const named = told?.filter(({ file }) => basename(file) === basename(path));
    if (named?.length === 0) return undefined;
    const same = named?.find(({ file }) => file === path);
    if (same !== undefined) return tools.root.dev(same.device);
    // Attached by a container that is gone, whose mounts had the folder elsewhere, or nothing is told: losetup compares files.
    const printed = await tools.expect(['losetup', '-n', '-O', 'NAME', '-j', path], { signal });
    const [first = ''] = printed.split('\n');
    return first.trim() === '' ? undefined : first.trim();
  }

  async #requireRoom(size: bigint): Promise<void> {
    const { available } = await this.capacity();
    if (size > available)
      throw new HwError('ResourceExhausted', `${size} bytes are needed, and ${available} are free`);
  }

  async #require(id: string): Promise<Device> {
    const device = await this.get(id);
    if (device === undefined) throw new HwError('NotFound', `there is no device ${id}`);
    return device;
  }

  #path(id: string): string {
    if (!isVolumeId(id)) throw new HwError('NotFound', `${JSON.stringify(id)} is no id of a volume`);
    return join(this.#options.folder, id);
  }
}
