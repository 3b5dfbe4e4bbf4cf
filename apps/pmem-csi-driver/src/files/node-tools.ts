import { readFile, stat } from 'node:fs/promises';
import { HwError } from '@rackwright/core';
import { HostRoot, type Mount, parseMountinfo } from '@rackwright/host';
import { deviceNumber, type HostTools, mountAt } from '@rackwright/storage';

/** Programs of the driver's own container, and the mounts it sees. */
export class NodeTools {
  readonly tools: HostTools;

  constructor(tools: HostTools) {
    this.tools = tools;
  }

  /** Every mount, the newest last. */
  async mounts(): Promise<Mount[]> {
    return parseMountinfo(await readFile(new HostRoot().proc('self', 'mountinfo'), 'utf8'));
  }

  async mountAt(path: string): Promise<Mount | undefined> {
    return mountAt(await this.mounts(), path);
  }

  /** @throws HwError FailedPrecondition with what mount complains of */
  async mount(words: readonly string[]): Promise<void> {
    await this.tools.expect(['mount', '-c', ...words]);
  }

  /** Takes every mount at a path away; nothing is forced. */
  async unmount(path: string): Promise<void> {
    while ((await this.mountAt(path)) !== undefined) await this.tools.expect(['umount', path]);
  }

  /** `major:minor` of a block device. @throws HwError NotFound if it is none */
  async numberOf(device: string): Promise<string> {
    const found = await stat(device, { bigint: true }).catch(() => undefined);
    if (found?.isBlockDevice() !== true) throw new HwError('NotFound', `there is no block device ${device}`);
    return deviceNumber(found.rdev);
  }
}
