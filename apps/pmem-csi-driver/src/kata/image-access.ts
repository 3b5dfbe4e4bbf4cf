import { mkdir, readFile, rmdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';
import type { NodeTools } from '../files/node-tools.ts';
import type { ReadOnlyMounts } from '../node/read-only-mounts.ts';
import type { PublishRequest, StageRequest, VolumeAccess, VolumeUsage } from '../node/volume-access.ts';
import type { FileSystem } from '../volumes/capabilities.ts';
import type { Volume } from '../volumes/model.ts';
import { ensureImage, imageName } from './image.ts';
import { headerBytes } from './image-header.ts';

export interface ImageAccessOptions {
  readonly node: NodeTools;
  readonly readOnly: ReadOnlyMounts;
  /** How the volume itself is mounted. */
  readonly volumes: VolumeAccess;
  /** Folder for the volumes of pods that are staged nowhere; kept as PMEM-CSI had it. */
  readonly mounts: string;
}

/**
 * Gives volumes to containers of Kata Containers: what a pod gets is the file system in an
 * image that lies in the volume. Its runtime finds the image behind the mount, and gives
 * the virtual machine the file as an NVDIMM. The mount owns its loop device, so that no
 * device is left whatever is cut short.
 */
export class ImageAccess implements VolumeAccess {
  readonly #options: ImageAccessOptions;

  constructor(options: ImageAccessOptions) {
    this.#options = options;
  }

  stage(request: StageRequest): Promise<void> {
    return this.#options.volumes.stage(request);
  }

  unstage(id: string, path: string): Promise<void> {
    return this.#options.volumes.unstage(id, path);
  }

  async publish(request: PublishRequest): Promise<void> {
    const { how, target } = request;
    const { node, mounts, readOnly } = this.#options;
    // It has no image, and is refused before.
    if (how.kind === 'block') return this.#options.volumes.publish(request);
    const folder = how.kind === 'staged' ? how.path : join(mounts, request.volume.id);
    const path = join(folder, imageName);
    await readOnly.clear(request.volume, async ({ device }) => (await this.#fileOf(device)) === path);
    if (how.kind !== 'staged') await this.#mountInline(request, folder);
    const volume = node.mountAt(folder);
    if (volume === undefined)
      throw new HwError('FailedPrecondition', `the volume is not staged at ${folder}`, {
        field: 'staging_target_path',
      });
    const type = volume.fsType as FileSystem;
    if (await this.#isPublished(request, path)) return;
    const image = await ensureImage(node, folder, type);
    await makeFolder(node.path(target));
    const flags = [...how.flags, 'loop', `offset=${headerBytes}`];
    const mount = (): Promise<void> => node.mount(['-t', type, '-o', flags.join(','), image], target);
    // All pods of a volume have one file system, so that for one of them the mount alone is read-only.
    await (request.readOnly ? readOnly.make(request.volume, target, mount) : mount());
  }

  /** A volume of one pod is mounted beside the pod, which sees its image alone. */
  async #mountInline(request: PublishRequest, target: string): Promise<void> {
    const { node, volumes, mounts } = this.#options;
    await mkdir(node.path(mounts), { recursive: true, mode: 0o750 });
    await volumes.publish({ ...request, target, readOnly: false });
  }

  /** @throws HwError AlreadyExists if it is there in another way; FailedPrecondition if another pod has it alone */
  async #isPublished({ target, readOnly, single, volume }: PublishRequest, image: string): Promise<boolean> {
    const { node } = this.#options;
    const places = node.mounts().filter(({ device }) => device.startsWith('7:'));
    const own = await Promise.all(places.map(async (one) => (await this.#fileOf(one.device)) === image));
    const of = places.filter((_, i) => own[i]);
    if (single && of.some(({ mountPoint }) => mountPoint !== target))
      throw new HwError(
        'FailedPrecondition',
        `volume ${volume.id} is given to another pod, and may be to one alone`,
      );
    const there = node.mountAt(target);
    if (there === undefined) return false;
    if (of.some(({ id }) => id === there.id) && there.options.includes('ro') === readOnly) return true;
    throw new HwError('AlreadyExists', `${target} is something else, or published in another way`, {
      field: 'target_path',
    });
  }

  /** The file behind a loop device; empty if there is none. */
  async #fileOf(device: string): Promise<string> {
    const { root } = this.#options.node.tools;
    const path = root.path(root.sys('dev', 'block', device, 'loop', 'backing_file'));
    return (await readFile(path, 'utf8').catch(() => '')).trim();
  }

  async unpublish(id: string, target: string): Promise<void> {
    const { node, volumes, mounts } = this.#options;
    await volumes.unpublish(id, target);
    const inline = join(mounts, id);
    if (node.mountAt(inline) === undefined) return;
    await node.unmount(inline);
    await rmdir(node.path(inline));
  }

  /** Of the file system in the image: the volume itself is full. */
  async usage(volume: Volume, path: string): Promise<VolumeUsage> {
    const { node, volumes } = this.#options;
    const there = node.mountAt(path);
    const image = there && (await this.#fileOf(there.device));
    const folder = image?.endsWith(`/${imageName}`) ? image.slice(0, -imageName.length - 1) : undefined;
    if (folder === undefined)
      throw new HwError('NotFound', `volume ${volume.id} is not at ${path}`, { field: 'volume_path' });
    const { problem } = await volumes.usage(volume, folder);
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(node.path(path), { bigint: true });
    return {
      bytes: { total: blocks * bsize, used: (blocks - bfree) * bsize, available: bavail * bsize },
      inodes: { total: files, used: files - ffree, available: ffree },
      ...(problem !== undefined && { problem }),
    };
  }

  async expand(volume: Volume): Promise<void> {
    throw new HwError('Unsupported', `volume ${volume.id} is for kataContainers, whose image does not grow`);
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o750 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
