import { lstat, mkdir, open, rm, statfs } from 'node:fs/promises';
import { HwError, isHwError } from '@rackwright/core';
import type { Mount } from '@rackwright/host';
import { isReadOnly, mountAt } from '@rackwright/storage';
import type { Device, MountSource } from '../devices/device-manager.ts';
import { growFileSystem, makeFileSystem, needsFileSystem } from '../files/make-file-system.ts';
import type { NodeTools } from '../files/node-tools.ts';
import type { FileSystem } from '../volumes/capabilities.ts';
import type { DeviceMode, Volume } from '../volumes/model.ts';
import type { ReadOnlyMounts } from './read-only-mounts.ts';
import { removeTarget } from './remove-target.ts';
import {
  type Fill,
  type PublishRequest,
  type StageRequest,
  usageOfLost,
  type VolumeAccess,
  type VolumeUsage,
} from './volume-access.ts';

export interface MountAccessOptions {
  readonly node: NodeTools;
  readonly readOnly: ReadOnlyMounts;
  /** Makes the block device of a volume appear. @throws HwError NotFound if it is gone */
  readonly activate: (volume: Volume) => Promise<Device>;
  /** What the file system of a volume is made on and mounted from. @throws HwError NotFound if it is gone */
  readonly source: (volume: Volume) => Promise<MountSource>;
  /** Runs what formats a volume so that one which a crash cuts short is known afterwards. */
  readonly format: (volume: Volume, make: () => Promise<void>) => Promise<void>;
  /** Whether volumes of a mode are persistent memory, which file systems can map directly. */
  readonly isDax: (mode: DeviceMode) => boolean;
}

/** Gives volumes to containers as mounts: of the device where a volume is staged, and bound to where it is published. */
export class MountAccess implements VolumeAccess {
  readonly #options: MountAccessOptions;

  constructor(options: MountAccessOptions) {
    this.#options = options;
  }

  async stage({ volume, path, fileSystem, flags }: StageRequest): Promise<void> {
    const source = await this.#options.source(volume);
    await this.#mountSource(volume, source, { path, fileSystem, flags, readOnly: false });
  }

  async unstage(_id: string, path: string): Promise<void> {
    await this.#options.node.unmount(path);
  }

  async publish(request: PublishRequest): Promise<void> {
    const { volume, target, how } = request;
    if (how.kind === 'block') return this.#publishDevice(request);
    const source = await this.#options.source(volume);
    const number = await this.#numberOf(source);
    await this.#options.readOnly.clear(volume, ({ device }) => device === number);
    await this.#requireAlone(number, request);
    if (how.kind === 'staged') return this.#bindStaged(number, request, how.path);
    await this.#makeFolder(target);
    await this.#mountSource(volume, source, { ...how, path: target, readOnly: request.readOnly });
  }

  async #publishDevice(request: PublishRequest): Promise<void> {
    const device = await this.#options.activate(request.volume);
    const number = await this.#options.node.numberOf(device.path);
    await this.#requireAlone(number, request);
    await this.#bindDevice(device, number, request.target);
  }

  /** `major:minor` of the block device; undefined while there is none. */
  async #numberOf({ path, isFile }: MountSource): Promise<string | undefined> {
    return isFile ? undefined : this.#options.node.numberOf(path);
  }

  /** Mounts a volume, formatted if nothing is on it yet; what is mounted so already is fine. */
  async #mountSource(
    volume: Volume,
    source: MountSource,
    how: { path: string; fileSystem: FileSystem; flags: readonly string[]; readOnly: boolean },
  ): Promise<void> {
    const { node, format, isDax } = this.#options;
    const there = node.mountAt(how.path);
    const mapped = isDax(volume.deviceMode) && volume.parameters.usage === 'AppDirect';
    if (there !== undefined) {
      const same = there.device === (await this.#numberOf(source)) && there.fsType === how.fileSystem;
      if (!same || isReadOnly(there) !== how.readOnly) throw mountedDifferently(how.path);
    } else {
      if (volume.formatting || (await needsFileSystem(node.tools, source, how.fileSystem)))
        await format(volume, () => makeFileSystem(node.tools, source, how.fileSystem));
      const ours = { loop: source.isFile, dax: mapped, ro: how.readOnly };
      const flags = [...how.flags, ...Object.entries(ours).flatMap(([flag, isSet]) => (isSet ? [flag] : []))];
      const options = flags.length === 0 ? [] : ['-o', flags.join(',')];
      await node.mount(['-t', how.fileSystem, ...options, source.path], how.path);
    }
    // Files made there have room in pieces that large pages can map. What is mounted may lack it after a crash.
    if (mapped && how.fileSystem === 'xfs' && !how.readOnly)
      await node.tools.expect(['xfs_io', '-c', 'extsize 2m', how.path]);
  }

  async #bindStaged(number: string | undefined, request: PublishRequest, from: string): Promise<void> {
    const { target, readOnly, how } = request;
    const { node } = this.#options;
    const mounts = node.mounts();
    const staged = mountAt(mounts, from);
    if (number === undefined || staged?.device !== number)
      throw new HwError('FailedPrecondition', `the volume is not staged at ${from}`, {
        field: 'staging_target_path',
      });
    if (how.fileSystem !== undefined && how.fileSystem !== staged.fsType)
      throw new HwError(
        'AlreadyExists',
        `the volume is staged with ${staged.fsType} and not ${how.fileSystem}`,
      );
    if (isPublished(mountAt(mounts, target), number, { target, readOnly })) return;
    await this.#makeFolder(target);
    const bind = (): Promise<void> => node.mount(['--bind', from], target);
    await (readOnly ? this.#options.readOnly.make(request.volume, target, bind) : bind());
  }

  async #bindDevice(device: Device, number: string, target: string): Promise<void> {
    const { node } = this.#options;
    const there = await node.blockNumber(target);
    if (there === number) return;
    const file = await lstat(node.path(target)).catch(() => undefined);
    if (there !== undefined || file?.isFile() === false) throw mountedDifferently(target);
    await (await open(node.path(target), 'a', 0o660)).close();
    await node.mount(['--bind', device.path], target);
  }

  /** Where a device is mounted beside the places a request names, somebody else has it. */
  async #requireAlone(
    number: string | undefined,
    { volume, target, single, how }: PublishRequest,
  ): Promise<void> {
    if (!single || number === undefined) return;
    const own = new Set([target, ...(how.kind === 'staged' ? [how.path] : [])]);
    if ((await this.#options.node.placesOf(number)).every((place) => own.has(place))) return;
    throw new HwError(
      'FailedPrecondition',
      `volume ${volume.id} is given to another pod, and may be to one alone`,
    );
  }

  async #makeFolder(path: string): Promise<void> {
    await mkdir(this.#options.node.path(path), { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }

  async unpublish(_id: string, target: string): Promise<void> {
    const { node } = this.#options;
    await node.unmount(target);
    const path = node.path(target);
    const found = await lstat(path).catch(() => undefined);
    if (found === undefined) return;
    if (found.isDirectory()) await removeTarget(path, target);
    else if (found.isFile() && found.size === 0) await rm(path);
    else throw new HwError('FailedPrecondition', `${target} is no volume of this driver`);
  }

  async usage(volume: Volume, path: string): Promise<VolumeUsage> {
    const { node } = this.#options;
    const found = await this.#find(volume);
    const there = node.mountAt(path);
    // What is still mounted is of the device that is gone.
    if (found === undefined && there !== undefined) return usageOfLost(volume);
    if (found?.number !== undefined && (await node.blockNumber(path)) === found.number)
      return { bytes: { total: found.size, used: found.size, available: 0n } };
    if (there === undefined || there.device !== found?.number)
      throw new HwError('NotFound', `volume ${volume.id} is not at ${path}`, { field: 'volume_path' });
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(node.path(path), { bigint: true });
    const inodes: Fill = { total: files, used: files - ffree, available: ffree };
    const bytes: Fill = { total: blocks * bsize, used: (blocks - bfree) * bsize, available: bavail * bsize };
    const broken = there.superOptions.includes('ro') && !there.options.includes('ro');
    return {
      bytes,
      inodes,
      ...(broken && { problem: 'the file system is read-only: the kernel found it damaged' }),
    };
  }

  /** What a volume is made of; undefined where it is gone. */
  async #find(
    volume: Volume,
  ): Promise<{ readonly size: bigint; readonly number: string | undefined } | undefined> {
    try {
      const source = await this.#options.source(volume);
      return { size: source.size, number: await this.#numberOf(source) };
    } catch (error) {
      if (isHwError(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async expand(volume: Volume, path: string): Promise<void> {
    const { node } = this.#options;
    const source = await this.#options.source(volume);
    const there = node.mountAt(path);
    if (there === undefined || there.device !== (await this.#numberOf(source)))
      throw new HwError('NotFound', `volume ${volume.id} is not at ${path}`, { field: 'volume_path' });
    await growFileSystem(node.tools, { type: there.fsType, device: source, path });
  }
}

/** Whether it is there as asked for. @throws HwError AlreadyExists if in another way */
function isPublished(
  there: Mount | undefined,
  number: string,
  { target, readOnly }: { readonly target: string; readonly readOnly: boolean },
): boolean {
  if (there === undefined) return false;
  if (there.device === number && there.options.includes('ro') === readOnly) return true;
  throw mountedDifferently(target);
}

function mountedDifferently(path: string): HwError {
  return new HwError('AlreadyExists', `${path} is something else, or published in another way`, {
    field: 'target_path',
  });
}
