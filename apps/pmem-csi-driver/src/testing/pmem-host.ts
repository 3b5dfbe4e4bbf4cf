import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mount, parseMountinfo } from '@rackwright/host';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import type { DriverContext } from '../app.ts';
import { type DriverParts, TestDriver } from './driver.ts';

const MiB = 2 ** 20;

/** A simulated node with persistent memory and its programs; drivers on it keep their state. */
export class PmemHost implements AsyncDisposable {
  readonly folder: string;
  readonly host: SimulatedHost;

  private constructor(folder: string, host: SimulatedHost) {
    this.folder = folder;
    this.host = host;
  }

  /** @param pmem default two regions of 1 GiB and 512 MiB */
  static async create(
    pmem: HostSpec['pmem'] = [{ bytes: 1024 * MiB }, { bytes: 512 * MiB }],
  ): Promise<PmemHost> {
    const folder = await mkdtemp(join(tmpdir(), 'pmem-host-'));
    const host = await SimulatedHost.create(join(folder, 'host'), { pmem, commands: true });
    return new PmemHost(folder, host);
  }

  start(config: Partial<DriverContext['config']> = {}, parts?: DriverParts): Promise<TestDriver> {
    const all = { deviceManager: 'lvm', hostRoot: this.host.root.prefix, ...config } as const;
    return TestDriver.start(this.folder, all, parts);
  }

  /** What is in the host's memory now, whoever changed it. @throws if there is no such region */
  region(name: string): ReturnType<SimulatedHost['hardware']['pmem']['region']> {
    return this.host.hardware.pmem.region(name);
  }

  /** What is mounted on the node at a path. */
  async mountAt(path: string): Promise<Mount | undefined> {
    return (await this.mounts()).findLast(({ mountPoint }) => mountPoint === path);
  }

  /** Every mount of the node, the newest last. */
  async mounts(): Promise<Mount[]> {
    const { root } = this.host;
    return parseMountinfo(await readFile(root.path(root.proc('self', 'mountinfo')), 'utf8'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
