import { BoundedCalls, type Clock, errorMessage, Latest, type Logger, type Runnable } from '@rackwright/core';
import {
  type AgentSnapshot,
  type Ai100Rule,
  type Disk,
  type DriveDetails,
  isAi100,
  isFirmwareAllowed,
  type NvmeController,
  nvmeControllers,
  readDriveDetails,
  scanDisks,
  scanNvme,
} from '@rackwright/hardware-nvme';
import type { HostReader } from '@rackwright/host';
import { FileSystemUseReader, type NvmeCli } from '@rackwright/storage';
import type { Source } from '../options.ts';
import { answerOfAgent, readAgent } from './agent-source.ts';
import type { CacheReading, Collection, DriveReading } from './collection.ts';
import { DirectSource } from './direct-source.ts';
import { ErrorLog } from './error-log.ts';
import { hostCaches } from './host-caches.ts';

export interface CollectorOptions {
  readonly files: HostReader;
  readonly nvme: Pick<NvmeCli, 'smartLog' | 'idController' | 'version'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: Source;
  readonly intervalMs: number;
  /** Which drives are told of: AI100 drives, every NVMe drive, or other disks, too. */
  readonly scope: 'Managed' | 'AllNvme' | 'AllDisk';
  readonly deviceLabel: 'name' | 'path';
  /** Where the cache should be mounted. */
  readonly mountPath: string;
  readonly rule: Ai100Rule;
  readonly firmware: readonly string[];
}

/** What one look at the host found, before the drives were asked. */
interface Look {
  readonly controllers: readonly NvmeController[];
  readonly details: ReadonlyMap<string, DriveDetails>;
  readonly disks: readonly Disk[];
  readonly agent?: AgentSnapshot;
}

/** The version of the tool seldom changes under a running node. */
const versionMs = 3600_000;

/** A file system that answers at all does so within this time. */
const useDeadlineMs = 5000;
/** Of the eight threads the process has (main.ts); the others are for the drives. */
const maxHanging = 4;

/**
 * Looks at the host and its drives, again and again. Whoever scrapes gets what is
 * known, and never waits for a drive.
 */
export class Collector implements Runnable {
  readonly name = 'collector';
  /** Undefined before the first look is over. */
  readonly newest = new Latest<Collection | undefined>(undefined);
  readonly #options: CollectorOptions;
  readonly #errors: ErrorLog;
  readonly #direct: DirectSource;
  readonly #calls: BoundedCalls;
  readonly #uses: FileSystemUseReader;
  #look: Look = { controllers: [], details: new Map(), disks: [] };
  #version: { readonly text?: string; readonly againMs: number } | undefined;
  #caches: readonly CacheReading[] = [];
  #isFirst = true;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#errors = new ErrorLog(options.logger);
    this.#direct = new DirectSource({ ...options, errors: this.#errors });
    this.#calls = new BoundedCalls({ clock: options.clock, deadlineMs: useDeadlineMs, maxHanging });
    this.#uses = new FileSystemUseReader(this.#calls);
  }

  /** Questions to file systems that hang in the kernel and hold a thread each; such a thread keeps the process from exiting. */
  get stuckReads(): number {
    return this.#calls.hanging;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, logger } = this.#options;
    while (!signal.aborted) {
      const start = clock.monotonic();
      try {
        await this.collect(signal);
      } catch (error) {
        if (!signal.aborted) logger.error('look at the drives failed', { error: errorMessage(error) });
      }
      const rest = Math.max(0, intervalMs - (clock.monotonic() - start));
      await clock.sleep(rest, signal).catch(() => undefined);
    }
  }

  /** One look: the host first, then each drive that has to be asked. */
  async collect(signal: AbortSignal): Promise<void> {
    this.#look = this.#lookAtHost();
    // What the host says of a drive that does not answer is told before it does.
    if (!this.#isFirst) this.#publish();
    // A mount that hangs keeps no drive waiting.
    await Promise.all([this.#askDrives(signal), this.#readCaches(signal)]);
    if (signal.aborted) return;
    this.#isFirst = false;
    this.#publish();
  }

  async #askDrives(signal: AbortSignal): Promise<void> {
    const { controllers, details } = this.#look;
    const asked = controllers.filter((controller) => !this.#isToldByAgent(controller));
    if (this.#options.source === 'Agent' || asked.length === 0) return;
    await this.#direct.ask(
      asked.map((controller) => ({
        controller,
        suspended: details.get(controller.name)?.runtimeSuspended === true,
      })),
      () => this.#isFirst || this.#publish(),
      signal,
    );
    await this.#readVersion(signal);
  }

  async #readCaches(signal: AbortSignal): Promise<void> {
    const { agent, controllers } = this.#look;
    const { files, mountPath, source } = this.#options;
    if (agent !== undefined || source === 'Agent') {
      this.#caches = agent?.caches ?? [];
      return;
    }
    const parts = { files, mountPath, uses: this.#uses, errors: this.#errors };
    this.#caches = await hostCaches(parts, controllers, signal);
  }

  #lookAtHost(): Look {
    const { files, source, scope, clock } = this.#options;
    const agent = source === 'Direct' ? undefined : readAgent(files, clock.now());
    if (source === 'Agent')
      this.#errors.note('', 'smart', agent?.kind === 'silent' ? agent.reason : undefined);
    const snapshot = agent?.kind === 'fresh' ? agent.snapshot : undefined;
    const scan = scanNvme(files);
    this.#noteUnread(scan.unread);
    const isBlind = scan.controllers.length === 0 && scan.unread.length > 0;
    const controllers = isBlind
      ? this.#look.controllers
      : nvmeControllers(scan).filter(
          (controller) => scope !== 'Managed' || this.#isOurs(controller, snapshot),
        );
    this.#direct.keep(new Set(controllers.map(({ name }) => name)));
    return {
      controllers,
      details: new Map(
        controllers.map((controller) => [controller.name, readDriveDetails(files, controller)]),
      ),
      disks: scope === 'AllDisk' ? scanDisks(files) : [],
      ...(snapshot !== undefined && { agent: snapshot }),
    };
  }

  #isOurs(controller: NvmeController, agent: AgentSnapshot | undefined): boolean {
    const { managed = false, eligible = false } = agentDevice(agent, controller) ?? {};
    return managed || eligible || isAi100(controller, this.#options.rule);
  }

  #isToldByAgent(controller: NvmeController): boolean {
    return agentDevice(this.#look.agent, controller) !== undefined;
  }

  #noteUnread(failures: ReturnType<typeof scanNvme>['unread']): void {
    const byDevice = new Map<string, string>();
    for (const { path, code } of failures)
      byDevice.set(/\/(nvme\d+)(?:\/|$)/.exec(path)?.[1] ?? '', `${path}: ${code}`);
    for (const device of new Set(['', ...this.#look.controllers.map(({ name }) => name), ...byDevice.keys()]))
      this.#errors.note(device, 'sysfs', byDevice.get(device));
  }

  async #readVersion(signal: AbortSignal): Promise<void> {
    const { nvme, clock } = this.#options;
    if (this.#version !== undefined && clock.monotonic() < this.#version.againMs) return;
    // Without the tool there is no version; that there is no log is told for each drive.
    const text = await nvme.version(signal).catch(() => undefined);
    this.#version = { ...(text !== undefined && { text }), againMs: clock.monotonic() + versionMs };
  }

  #publish(): void {
    const { controllers, disks, agent } = this.#look;
    const version = this.#version?.text;
    this.newest.set({
      atMs: this.#options.clock.now(),
      drives: controllers.map((controller) => this.#reading(controller)),
      disks,
      caches: this.#caches,
      mountPath: this.#options.mountPath,
      ...(agent !== undefined && { agent }),
      errors: this.#errors.counts(controllers.map(({ name }) => name)),
      ...(version !== undefined && { nvmeCliVersion: version }),
    });
  }

  #reading(controller: NvmeController): DriveReading {
    const { deviceLabel, rule, firmware, clock } = this.#options;
    const { agent, details } = this.#look;
    const device = agentDevice(agent, controller);
    const path = controller.namespaces[0]?.name ?? controller.name;
    return {
      ...(agent !== undefined && device !== undefined
        ? answerOfAgent(device, agent.pollSeconds, clock.now())
        : this.#direct.answer(controller)),
      controller,
      details: details.get(controller.name) ?? { runtimeSuspended: false, namespaces: [] },
      label: deviceLabel === 'name' ? controller.name : this.#options.files.root.dev(path),
      isAi100: isAi100(controller, rule),
      firmwareCompliant: device?.firmwareCompliant ?? isFirmwareAllowed(controller.firmware, firmware),
      ...(device !== undefined && { agent: device }),
    };
  }
}

/** What the device plugin says of a drive: the one with its serial number under its name of now. */
function agentDevice(
  agent: AgentSnapshot | undefined,
  { name, serial }: NvmeController,
): AgentSnapshot['devices'][number] | undefined {
  return agent?.devices.find((device) => device.controller === name && device.serial === (serial ?? ''));
}
