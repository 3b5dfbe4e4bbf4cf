import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll } from '@jest/globals';
import { BoundedCalls, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import {
  type Ai100Rule,
  type DriveSelection,
  defaultAi100Pattern,
  nvmeControllers,
  scanNvme,
  selectDrives,
} from '@rackwright/hardware-nvme';
import {
  HostFiles,
  type Mount,
  type ProcessRunner,
  type RunOptions,
  type RunOutcome,
  SystemProcessRunner,
} from '@rackwright/host';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { diskAccess, HostTools, hostMounts, Lvm } from '@rackwright/storage';
import { Canary } from '../canary.ts';
import { DiskGuard } from '../disk-guard.ts';
import { CacheKeeper, type CacheKeeperOptions } from '../keeper.ts';
import type { CachePermission, CacheSettings } from '../settings.ts';
import type { CacheState } from '../state.ts';

/** Hosts of this test file. */
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The defaults of an AidaptivCache, but that nobody waits for the drives to settle. */
export const settings: CacheSettings = {
  layout: 'Striped',
  minDevices: 1,
  expectedDevices: 0,
  settleMs: 0,
  volumeGroup: 'vg_aidaptiv',
  logicalVolume: 'cache',
  stripeKiB: 128,
  fileSystem: 'xfs',
  mountOptions: ['noatime', 'nosuid', 'nodev'],
  folderQuota: false,
  rebuild: false,
  rebuildWaitMs: 600_000,
  hostPath: '/mnt/nvme0',
  adopt: true,
  create: true,
  retiredSerials: [],
  clusterId: 'here',
};

export const permission: CachePermission & { readonly allocatedUnits: number } = {
  maintenance: false,
  allowInit: [],
  allocatedUnits: 0,
};

/** What people and the cluster say, where it differs from that. */
type Said = Omit<Partial<CachePermission>, 'allocatedUnits'> & {
  readonly allocatedUnits?: number | 'unknown';
};

const rule = {
  match: 'ModelAndVendor',
  modelPattern: new RegExp(defaultAi100Pattern, 'i'),
  pciVendors: ['1987'],
  allowSerials: [],
  denySerials: [],
} as const;

/** Command lines that change something on disks, in LVM or among mounts. */
const mutating =
  /^(mkfs|wipefs(?!.*--no-act)|mount|umount|lvm (pv|vg|lv)(create|change|remove|extend|reduce|resize))/;

/** Tells of commands that changed something. */
class WatchedRunner implements ProcessRunner {
  onChange = (): void => undefined;
  readonly #runner = new SystemProcessRunner(systemClock);

  async run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<RunOutcome> {
    const outcome = await this.#runner.run(argv, options);
    if (mutating.test([basename(argv[0]), ...argv.slice(1)].join(' '))) this.onChange();
    return outcome;
  }
}

/** A simulated host and the cache keepers that run on it, one after the other. */
export class CacheHost {
  readonly host: SimulatedHost;
  readonly files: HostFiles;
  readonly tools: HostTools;
  readonly lvm: Lvm;
  readonly clock = new ManualClock();
  readonly #runner = new WatchedRunner();
  /** What the cluster says to making a cache anew. */
  permit: AsyncDisposable | string = new AsyncDisposableStack();
  /** Which drives are candidates: `AnyNvme` is what -skip_firmware_check comes to. */
  match: Ai100Rule['match'] = rule.match;
  #keeper: CacheKeeper;
  #settings: CacheSettings;

  readonly #recovers: CacheKeeperOptions['recovers'];

  private constructor(host: SimulatedHost, own: CacheSettings, recovers: CacheKeeperOptions['recovers']) {
    this.host = host;
    this.#recovers = recovers;
    this.files = new HostFiles(host.root);
    this.tools = new HostTools({ runner: this.#runner, root: host.root, entry: 'tree' });
    this.lvm = new Lvm(this.tools);
    this.#settings = own;
    this.#keeper = this.#newKeeper();
  }

  static async make(
    spec: HostSpec,
    own: Partial<CacheSettings> = {},
    recovers?: CacheKeeperOptions['recovers'],
  ): Promise<CacheHost> {
    const folder = join(tmpdir(), `rwc-${randomUUID().slice(0, 8)}`);
    folders.push(folder);
    const host = await SimulatedHost.create(folder, { commands: true, ...spec });
    return new CacheHost(host, { ...settings, ...own }, recovers);
  }

  /** The agent ended, however it did, and was started again. */
  restart(own: Partial<CacheSettings> = {}): void {
    this.#settings = { ...this.#settings, ...own };
    this.#keeper = this.#newKeeper();
  }

  reconcile(
    { allocatedUnits, ...said }: Said = {},
    signal = new AbortController().signal,
  ): Promise<CacheState> {
    const { allocatedUnits: none, ...rest } = permission;
    const units = allocatedUnits === 'unknown' ? {} : { allocatedUnits: allocatedUnits ?? none };
    return this.#keeper.reconcile(this.drives(), { ...rest, ...said, ...units }, signal);
  }

  /** A pass of an agent that ends after so many commands that change something. */
  async reconcileCutOff(changes: number): Promise<void> {
    const end = new AbortController();
    let left = changes;
    this.#runner.onChange = () => {
      left -= 1;
      if (left === 0) end.abort(new Error('the agent ended'));
    };
    await this.reconcile({}, end.signal).catch(() => undefined);
    this.#runner.onChange = () => undefined;
    this.restart();
  }

  drives(): DriveSelection[] {
    const controllers = nvmeControllers(scanNvme(this.files));
    const { match } = this;
    const firmwareCheck = match === 'AnyNvme' ? 'Skip' : 'Enforce';
    return selectDrives(controllers, { rule: { ...rule, match }, firmwareCheck, firmwareAllowed: ['EIFZ'] });
  }

  /** What is at the beginning of each disk, and how much there is of it at all. */
  digests(): string[] {
    const { nvme } = this.host.hardware;
    const disks = nvme.names().map((name) => this.host.root.path(`/dev/${name}n1`));
    return disks.filter((path) => existsSync(path)).map(digestOf);
  }

  read(hostPath: string): string {
    return readFileSync(this.host.root.path(hostPath), 'utf8');
  }

  mounts(): Mount[] {
    return hostMounts(this.files);
  }

  /** Command lines that may have changed something, in their order. */
  changes(): string[] {
    return this.host.commands
      .journal()
      .map(({ command, args }) => [command, ...args].join(' '))
      .filter((line) => mutating.test(line));
  }

  #newKeeper(): CacheKeeper {
    const { tools, lvm, files, clock, host } = this;
    const access = diskAccess(tools, files);
    const guard = new DiskGuard({
      tools,
      access,
      files,
      lvm,
      create: this.#settings.create,
      random: () => 0.5,
    });
    const logger = silentLogger;
    const calls = new BoundedCalls({ clock, deadlineMs: 5000 });
    return new CacheKeeper({
      rebuildPermit: () => Promise.resolve(this.permit),
      canary: new Canary({ host: host.root, tools, calls, clock }),
      tools,
      lvm,
      guard,
      calls,
      host: host.root,
      files,
      clock,
      logger,
      settings: this.#settings,
      ...(this.#recovers && { recovers: this.#recovers }),
    });
  }
}

function digestOf(path: string): string {
  const file = openSync(path, 'r');
  const start = Buffer.alloc(16 * 2 ** 20);
  readSync(file, start, 0, start.length, 0);
  const { blocks } = fstatSync(file);
  closeSync(file);
  return createHash('sha256').update(start).update(`${blocks}`).digest('hex');
}
