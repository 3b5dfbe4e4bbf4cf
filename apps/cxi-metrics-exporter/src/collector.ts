import { type Clock, errorMessage, HwError, type Logger, type Runnable } from '@rackwright/core';
import {
  type CxiDevice,
  CxiScanner,
  type DeviceVerdict,
  entriesByDevice,
  HealthWatch,
  type KnownSnapshot,
  loadedModules,
  OutOfServiceReader,
  type RetryHandlerEntry,
  RetryHandlerStateReader,
  RetryHandlerStatsReader,
} from '@rackwright/hardware-cxi';
import { CachedFiles, formatFailures, type HostReader, ifReadable } from '@rackwright/host';
import { openFilesLimit } from '@rackwright/service';
import type { CollectedDevice, Collection, SourceName, SourceOutcome } from './collection.ts';
import { defaultServiceEnabled } from './default-service.ts';
import { LinkRestartCounter } from './link-restarts.ts';
import { SourceLog, type SourceWork } from './source-log.ts';
import type { TelemetryChoice } from './telemetry-choice.ts';
import { TelemetrySource } from './telemetry-source.ts';

export interface CollectorOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: TelemetryChoice;
  /** Name of the node, for the label. */
  readonly node: string;
  /** Time each source may take, in milliseconds. */
  readonly deadlineMs: number;
  /** Whether a NIC without a running retry handler counts as unhealthy. */
  readonly requireRetryHandler: boolean;
  /** How long a NIC that was unhealthy must stay well before it counts as healthy, in milliseconds. */
  readonly debounceMs: number;
  /** Looks at the NICs; may be one that other modules of the process use too, who run it. Default: one of its own. */
  readonly scanner?: CxiScanner;
}

/** Nobody waits for a metric as the kubelet waits for its plugin: a quarter of a second is soon enough. */
const probeIntervalMs = 250;

/** A statistics mount that answers at all does so within this time. */
const statsStallMs = 1000;

/** Mounts read, or hanging, at once: below the number of threads `main.ts` asks for. */
const statsAtOnce = 12;

/** Files kept open between scrapes: eight NICs with 400 telemetry counters each fit. */
const maxOpenFiles = 4096;

type Report = (error: string) => void;
type ByDevice<T> = ReadonlyMap<string, T>;
type Values = ByDevice<ReadonlyMap<string, string>>;

const nothing: Values = new Map();
const nothingKnown: KnownSnapshot = {
  entries: [],
  devices: [],
  complete: false,
  unidentified: [],
  outdated: [],
};

/**
 * Reads everything there is to export from the host, when asked. Whoever asks
 * while a collection is under way gets its result.
 */
export class Collector implements Disposable {
  readonly #options: CollectorOptions;
  /** The device files, kept open between scrapes. */
  readonly #cached: CachedFiles;
  readonly #telemetry: TelemetrySource;
  readonly #handlers: RetryHandlerStateReader;
  readonly #outOfService: OutOfServiceReader;
  readonly #stats: RetryHandlerStatsReader;
  readonly #restarts = new LinkRestartCounter();
  readonly #log: SourceLog;
  readonly #scanner: CxiScanner;
  readonly #health: HealthWatch;
  #listed = false;
  #running: Promise<Collection> | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
    const { files, clock, logger, telemetry: choice, node, deadlineMs } = options;
    this.#log = new SourceLog(clock, logger);
    // The other half is for everything else the process opens, above all connections.
    const budget = { free: Math.min(maxOpenFiles, Math.floor(openFilesLimit() / 2)) };
    this.#cached = new CachedFiles(files, budget);
    this.#scanner =
      options.scanner ?? new CxiScanner({ files: this.#cached, clock, wallMs: deadlineMs, probeIntervalMs });
    this.#telemetry = new TelemetrySource({ files, clock, choice, node, budget });
    this.#handlers = new RetryHandlerStateReader(files);
    this.#outOfService = new OutOfServiceReader(files);
    this.#health = new HealthWatch({
      ...options,
      scanner: this.#scanner,
      observe: () => ({
        retryHandlers: entriesByDevice(this.#handlers.read()),
        outOfService: this.#outOfService.read(),
      }),
    });
    const stallMs = Math.min(statsStallMs, deadlineMs);
    this.#stats = new RetryHandlerStatsReader({ files, clock, stallMs, atOnce: statsAtOnce });
  }

  /** The parts that keep looking between two collections, for only so it is known how long a NIC is well. */
  get parts(): readonly Runnable[] {
    return [...(this.#options.scanner ? [] : [this.#scanner]), this.#health];
  }

  /** Reads that hang in the kernel and hold a thread each; such a thread keeps the process from exiting. */
  get stuckReads(): number {
    return this.#stats.stuck;
  }

  collect(): Promise<Collection> {
    this.#running ??= this.#collect().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  [Symbol.dispose](): void {
    this.#cached[Symbol.dispose]();
    this.#telemetry[Symbol.dispose]();
  }

  async #collect(): Promise<Collection> {
    const at = this.#options.clock.now();
    const outcomes: SourceOutcome[] = [];
    const read = async <T>(source: SourceName, otherwise: T, work: SourceWork<T>): Promise<T> => {
      const { value, outcome } = await this.#log.run(source, otherwise, work);
      outcomes.push(outcome);
      return value;
    };
    const snapshot = await read('device_discovery', nothingKnown, (report) => this.#scan(report));
    const modules = await read('driver', undefined, () => this.#modules());
    const telemetry = await read('telemetry', new Uint8Array(), (report) =>
      this.#readTelemetry(snapshot, report),
    );
    const handlers = await read<ByDevice<RetryHandlerEntry>>('retry_handler', new Map(), (report) =>
      this.#retryHandlers(report),
    );
    this.#health.look();
    const verdicts = this.#health.verdicts.value;
    const devices = verdicts.map(({ device }) => device);
    const stats = await read('retry_handler_stats', nothing, (report) => this.#readStats(devices, report));
    const restarts = this.#restarts.update(devices);
    return {
      at,
      ...(modules !== undefined && { modules }),
      listed: this.#listed,
      devices: verdicts.map((verdict) => this.#assemble(verdict, { handlers, stats, restarts })),
      telemetry,
      outcomes,
      errors: this.#log.errors,
    };
  }

  /** What cannot be read keeps the value it had; the outcome says that it is old. */
  #scan(report: Report): KnownSnapshot {
    const { known, complete, outdated } = this.#scanner.look();
    this.#listed = known !== undefined;
    if (!complete) report('not every device was read in time');
    else if (outdated.length > 0) report(`cannot be read: ${formatFailures(outdated)}`);
    return known ?? nothingKnown;
  }

  #modules(): ReadonlySet<string> {
    const { files } = this.#options;
    if (!files.exists(files.root.proc('modules'))) {
      throw new HwError('NotFound', `${files.root.path(files.root.proc('modules'))} is missing`);
    }
    return loadedModules(files);
  }

  #readTelemetry({ devices }: KnownSnapshot, report: Report): Uint8Array {
    return this.#telemetry.read(devices, this.#options.deadlineMs, report);
  }

  /** No file is fine: then nobody supervises retry handlers here. What it said before counts while it makes no sense. */
  #retryHandlers(report: Report): ByDevice<RetryHandlerEntry> {
    const seen = this.#handlers.read();
    const failure = seen.kind === 'unreadable' ? seen.error : this.#handlers.failure;
    if (failure !== undefined) report(errorMessage(failure));
    return entriesByDevice(seen);
  }

  async #readStats(devices: readonly CxiDevice[], report: Report): Promise<Values> {
    // A virtual function has no retry handler.
    const names = devices.filter(({ kind }) => kind === 'pf').map(({ name }) => name);
    const { values, errors } = await this.#stats.read(names, this.#options.deadlineMs);
    for (const error of errors.values()) report(errorMessage(error));
    return values;
  }

  #assemble(
    verdict: DeviceVerdict,
    read: {
      readonly handlers: ByDevice<RetryHandlerEntry>;
      readonly stats: Values;
      readonly restarts: ByDevice<number>;
    },
  ): CollectedDevice {
    const { name } = verdict.device;
    const { files } = this.#options;
    // Only root may look below debugfs, and this app seldom is.
    const path = files.root.sys('kernel', 'debug', 'cxi', name, 'services');
    const services = ifReadable(undefined, () => files.readText(path));
    const defaultService = services === undefined ? undefined : defaultServiceEnabled(services);
    const retryHandler = read.handlers.get(name);
    return {
      ...verdict,
      retryHandlerStats: read.stats.get(name) ?? new Map(),
      ...(retryHandler !== undefined && { retryHandler }),
      linkRestarts: read.restarts.get(name) ?? 0,
      ...(defaultService !== undefined && { defaultServiceEnabled: defaultService }),
    };
  }
}
