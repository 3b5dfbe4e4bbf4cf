import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, truncate } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { HwError, Mutex } from '@rackwright/core';
import { writeFileDurable } from '@rackwright/host';
import { changeFolder } from '../../state/folder-change.ts';
import type { Usage } from '../../volumes/model.ts';
import { roundDown, roundUp } from '../../volumes/sizes.ts';
import { isVolumeId } from '../../volumes/volume-id.ts';
import type { Device, DeviceCapacity, DeviceManager, DeviceSpec } from '../device-manager.ts';
import type { FakeTargets } from './fake-targets.ts';
import { FakeVolume } from './fake-volume.ts';

const TiB = 2n ** 40n;
/** As logical volumes are rounded, so that sizes are as in the mode lvm. */
const unit = 4n * 1024n * 1024n;
/** Not yet a volume, and no longer one; neither can be the end of an id, which has no such character. */
const [unfinished, removed] = ['~new', '~gone'] as const;

/** What fake volumes are made with. */
export interface FakeDevicesOptions {
  /** Where the folders are, as everybody on the node sees it. */
  readonly folder: string;
  readonly targets: FakeTargets;
  /** How much of the memory volumes may take. */
  readonly percentage: number;
}

/** Folders for volumes, on machines without persistent memory: for tests, demos and trying things out. */
export class FakeDevices implements DeviceManager {
  readonly mode = 'fake';
  readonly #folder: string;
  readonly #managed: bigint;
  readonly #targets: FakeTargets;
  /** Room is looked for and taken in one go. */
  readonly #room = new Mutex();

  private constructor({ folder, percentage, targets }: FakeDevicesOptions) {
    this.#folder = folder;
    this.#targets = targets;
    this.#managed = (TiB * BigInt(percentage)) / 100n;
  }

  /** Opens the folder; what a crash left half done is taken away. */
  static async open(options: FakeDevicesOptions): Promise<FakeDevices> {
    await mkdir(options.folder, { recursive: true, mode: 0o750 });
    for (const name of await readdir(options.folder)) {
      if (name.endsWith(unfinished) || name.endsWith(removed))
        await rm(join(options.folder, name), { recursive: true, force: true });
    }
    return new FakeDevices(options);
  }

  async capacity(): Promise<DeviceCapacity> {
    const used = (await this.list()).reduce((sum, { size }) => sum + size, 0n);
    const available = roundDown(this.#managed - used, unit);
    return { maxVolumeSize: available, available, managed: this.#managed, total: TiB };
  }

  async planSize(bytes: bigint, _usage: Usage): Promise<bigint> {
    return roundUp(bytes, unit);
  }

  create(spec: DeviceSpec): Promise<Device> {
    return this.#room.run(() => changeFolder(this.#folder, () => this.#create(spec)));
  }

  async #create({ id, size }: DeviceSpec): Promise<Device> {
    const { available } = await this.capacity();
    if (size > available) throw noRoom(id, size, available);
    const made = new FakeVolume(this.#path(id) + unfinished);
    await rm(made.folder, { recursive: true, force: true });
    await mkdir(made.data, { recursive: true });
    // Containers run as anybody, and no mount is here whose owner the kubelet could set.
    await chmod(made.data, 0o777);
    await symlink(basename(made.data), made.readOnlyData);
    await writeFileDurable(made.size, `${size}`);
    await rename(made.folder, this.#path(id));
    return { id, size, path: this.#path(id) };
  }

  async get(id: string): Promise<Device | undefined> {
    const path = this.#path(id);
    const text = await readFile(new FakeVolume(path).size, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    return text === undefined || !/^\d{1,19}$/.test(text) ? undefined : { id, size: BigInt(text), path };
  }

  async activate(id: string): Promise<Device> {
    const device = await this.get(id);
    if (device === undefined) throw new HwError('NotFound', `there is no device ${id}`);
    return device;
  }

  async list(): Promise<readonly Device[]> {
    const names = await readdir(this.#folder);
    const found = await Promise.all(names.filter(isVolumeId).map((id) => this.get(id)));
    return found.filter((device) => device !== undefined);
  }

  async requireUnused(id: string): Promise<void> {
    const [target] = await this.#targets.of(new FakeVolume(this.#path(id)));
    if (target !== undefined)
      throw new HwError('FailedPrecondition', `volume ${id} is still published at ${target}`);
  }

  async delete(id: string): Promise<void> {
    const path = this.#path(id);
    await rename(path, path + removed).catch(ifPresent);
    await rm(path + removed, { recursive: true, force: true });
  }

  grow(id: string, size: bigint): Promise<Device> {
    return this.#room.run(() => changeFolder(this.#folder, () => this.#grow(id, size)));
  }

  async #grow(id: string, size: bigint): Promise<Device> {
    const device = await this.activate(id);
    const { available } = await this.capacity();
    const wanted = roundUp(size, unit);
    if (wanted <= device.size) return device;
    if (wanted - device.size > available) throw noRoom(id, wanted - device.size, available);
    const volume = new FakeVolume(device.path);
    await writeFileDurable(volume.size, `${wanted}`);
    const block = await stat(volume.block).catch(() => undefined);
    if (block !== undefined) await truncate(volume.block, Number(wanted));
    return { ...device, size: wanted };
  }

  #path(id: string): string {
    if (!isVolumeId(id)) throw new HwError('NotFound', `${JSON.stringify(id)} is no id of a volume`);
    return join(this.#folder, id);
  }
}

function ifPresent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function noRoom(id: string, size: bigint, available: bigint): HwError {
  return new HwError('ResourceExhausted', `${id} needs ${size} bytes, and ${available} are free`);
}
