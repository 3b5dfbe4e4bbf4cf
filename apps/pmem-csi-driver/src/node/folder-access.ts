import {
  lstat,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  rmdir,
  statfs,
  symlink,
  truncate,
} from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import { writeFileDurable } from '@rackwright/host';
import type { FakeTargets } from '../devices/fake/fake-targets.ts';
import { FakeVolume } from '../devices/fake/fake-volume.ts';
import { changeFolder } from '../state/folder-change.ts';
import type { FileSystem } from '../volumes/capabilities.ts';
import type { Volume } from '../volumes/model.ts';
import { isVolumeId } from '../volumes/volume-id.ts';
import { removeTarget } from './remove-target.ts';
import {
  type PublishRequest,
  type StageRequest,
  usageOfLost,
  type VolumeAccess,
  type VolumeUsage,
} from './volume-access.ts';

export interface FolderAccessOptions {
  /** Where fake volumes are, as everybody on the node sees it. */
  readonly folder: string;
  readonly targets: FakeTargets;
  /** The path, as this process sees it, of one in a request. */
  readonly resolve: (path: string) => string;
}

/**
 * Gives fake volumes to containers: the target is a symlink to the volume's
 * folder, or to its file for a block device. Nothing is mounted, so it needs no
 * rights; and that a volume is read-only is only written down.
 */
export class FolderAccess implements VolumeAccess {
  readonly #options: FolderAccessOptions;

  constructor(options: FolderAccessOptions) {
    this.#options = options;
  }

  async stage({ volume, fileSystem }: StageRequest): Promise<void> {
    await this.#format(volume, fileSystem);
  }

  /** Nothing is mounted where a volume is staged. */
  async unstage(): Promise<void> {}

  async publish({ volume, target, readOnly, single, how }: PublishRequest): Promise<void> {
    const { targets, resolve } = this.#options;
    const fake = await this.#volume(volume);
    if (how.kind === 'block') await changeFolder(fake.folder, () => makeBlock(fake, volume.size));
    else if (how.fileSystem !== undefined) await this.#format(volume, how.fileSystem);
    if (single && (await targets.of(fake)).some((one) => one !== target))
      throw new HwError(
        'FailedPrecondition',
        `volume ${volume.id} is given to another pod, and may be to one alone`,
      );
    const data = readOnly ? fake.readOnlyData : fake.data;
    const source = how.kind === 'block' ? fake.block : data;
    const path = resolve(target);
    if (await isLinked(path, source)) return;
    await targets.add(fake, target);
    await symlink(source, path);
  }

  /** What is no link to a volume of ours is not removed, but for an empty folder. */
  async unpublish(id: string, target: string): Promise<void> {
    const { folder, targets, resolve } = this.#options;
    const path = resolve(target);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isDirectory()) await removeTarget(path, target);
    else if (found?.isSymbolicLink() && (await readlink(path)).startsWith(`${folder}/`)) await rm(path);
    else if (found !== undefined)
      throw new HwError('FailedPrecondition', `${target} is no volume of this driver`);
    // What can be no id has no folder, and leads nowhere else.
    if (isVolumeId(id)) await targets.remove(new FakeVolume(join(folder, id)), target);
  }

  async usage(volume: Volume, path: string): Promise<VolumeUsage> {
    const fake = new FakeVolume(join(this.#options.folder, volume.id));
    const link = await this.#options.targets.link(path);
    if (!link.startsWith(`${fake.folder}/`))
      throw new HwError('NotFound', `volume ${volume.id} is not at ${path}`, { field: 'volume_path' });
    if ((await lstat(fake.folder).catch(() => undefined)) === undefined) return usageOfLost(volume);
    if (link === fake.block) return { bytes: { total: volume.size, used: volume.size, available: 0n } };
    const used = await bytesBelow(fake.data);
    const { files, ffree } = await statfs(fake.data);
    const available = used < volume.size ? volume.size - used : 0n;
    return {
      bytes: { total: volume.size, used, available },
      inodes: { total: BigInt(files), used: BigInt(files - ffree), available: BigInt(ffree) },
    };
  }

  /** A folder is as large as its volume by itself, wherever the kubelet sees it. */
  async expand(): Promise<void> {}

  async #format(volume: Volume, fileSystem: FileSystem): Promise<void> {
    const fake = await this.#volume(volume);
    const there = await readFile(fake.fileSystem, 'utf8').catch(() => '');
    if (there === '') await changeFolder(fake.folder, () => writeFileDurable(fake.fileSystem, fileSystem));
    else if (there !== fileSystem)
      throw new HwError('AlreadyExists', `volume ${volume.id} has ${there} and not ${fileSystem}`);
  }

  async #volume({ id }: Volume): Promise<FakeVolume> {
    const folder = join(this.#options.folder, id);
    if ((await lstat(folder).catch(() => undefined)) === undefined)
      throw new HwError('NotFound', `the device of volume ${id} is gone`);
    return new FakeVolume(folder);
  }
}

async function makeBlock({ block }: FakeVolume, size: bigint): Promise<void> {
  await (await open(block, 'a', 0o660)).close();
  await truncate(block, Number(size));
}

/** Whether it is published there already. @throws HwError AlreadyExists if in another way */
async function isLinked(path: string, source: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return false;
  if (found.isSymbolicLink() && (await readlink(path)) === source) return true;
  // Some who call make the folder themselves.
  if (found.isDirectory() && (await readdir(path)).length === 0) {
    await rmdir(path);
    return false;
  }
  throw new HwError('AlreadyExists', `${path} is something else, or published in another way`, {
    field: 'target_path',
  });
}

async function bytesBelow(folder: string): Promise<bigint> {
  let sum = 0n;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const found = await lstat(join(entry.parentPath, entry.name)).catch(() => undefined);
    sum += BigInt(found?.blocks ?? 0) * 512n;
  }
  return sum;
}
