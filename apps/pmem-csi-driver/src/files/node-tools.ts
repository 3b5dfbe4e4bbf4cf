import { readFileSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HwError } from '@rackwright/core';
import { type Mount, parseMountinfo } from '@rackwright/host';
import { deviceNumber, type HostTools, mountAt } from '@rackwright/storage';
import { requireUnopened } from './erase.ts';

/** Programs of the driver's own container, and the mounts and devices it sees. Paths are as requests have them. */
export class NodeTools {
  readonly tools: HostTools;

  constructor(tools: HostTools) {
    this.tools = tools;
  }

  /** The path as this process sees it. */
  path(path: string): string {
    return this.tools.root.path(path);
  }

  /** Every mount, the newest last. The kernel has them in memory: a thread that reads them costs more. */
  mounts(): Mount[] {
    const { root } = this.tools;
    return parseMountinfo(readFileSync(root.path(root.proc('self', 'mountinfo')), 'utf8'));
  }

  mountAt(path: string): Mount | undefined {
    return mountAt(this.mounts(), path);
  }

  /** @throws HwError with what mount complains of; Internal if it does not and nothing is mounted */
  async mount(words: readonly string[], path: string): Promise<void> {
    await this.tools.expect(['mount', '-c', ...words, path]);
    // A pod would write to the disk of the node. The kernel tells paths without links, and the last name is none.
    const real = join(await realpath(this.path(dirname(path))), basename(path));
    if (!this.mounts().some(({ mountPoint }) => this.path(mountPoint) === real))
      throw new HwError('Internal', `mount has mounted nothing at ${path} and says it has`);
  }

  /** Takes every mount at a path away; nothing is forced. @throws HwError Internal if umount only says it has */
  async unmount(path: string): Promise<void> {
    const mountsThere = (): number => this.mounts().filter(({ mountPoint }) => mountPoint === path).length;
    for (let before = mountsThere(); before > 0; ) {
      await this.tools.expect(['umount', path]);
      const after = mountsThere();
      if (after >= before)
        throw new HwError('Internal', `umount has left ${path} mounted and says it has not`);
      before = after;
    }
  }

  /** `major:minor` of a block device. @throws HwError NotFound if it is none */
  async numberOf(device: string): Promise<string> {
    const number = await this.blockNumber(device);
    if (number === undefined) throw new HwError('NotFound', `there is no block device ${device}`);
    return number;
  }

  /** `major:minor` of a block device; undefined if it is none. */
  async blockNumber(path: string): Promise<string | undefined> {
    const found = await stat(this.path(path), { bigint: true }).catch(() => undefined);
    if (found?.isBlockDevice()) return deviceNumber(found.rdev);
    return this.tools.root.prefix === '/' ? undefined : this.#standInNumber(path);
  }

  /** Nodes of a simulated host are plain files; its sysfs tells their numbers. */
  async #standInNumber(path: string): Promise<string | undefined> {
    const { root } = this.tools;
    const real = await realpath(this.path(path)).catch(() => '');
    const folder = await realpath(root.path(root.dev()));
    const name = basename(real);
    if (real !== `${folder}/${name}`) return undefined;
    const text = await readFile(root.path(root.sys('class', 'block', name, 'dev')), 'utf8').catch(() => '');
    return text.trim() || undefined;
  }

  /** Where a block device is mounted, or its node bound to. */
  async placesOf(number: string): Promise<string[]> {
    const places: string[] = [];
    for (const { device, fsType, root, mountPoint } of this.mounts()) {
      const isNode = fsType === 'devtmpfs' && root !== '/' && (await this.blockNumber(mountPoint)) === number;
      if (device === number || isNode) places.push(mountPoint);
    }
    return places;
  }

  /** @throws HwError FailedPrecondition while a block device is mounted, given to a pod or opened alone */
  async requireUnused(device: string): Promise<void> {
    const [place] = await this.placesOf(await this.numberOf(device));
    if (place !== undefined) throw new HwError('FailedPrecondition', `${device} is in use at ${place}`);
    await requireUnopened(this.path(device));
  }
}
