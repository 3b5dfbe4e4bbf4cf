import { isDeepStrictEqual } from 'node:util';
import { type Clock, Latest, type Runnable } from '@rackwright/core';
import type { HostReader } from '@rackwright/host';
import type { DebounceState } from './debounce.ts';
import type { HealthObservations } from './health.ts';
import { deviceNodeErrors } from './node-errors.ts';
import { type DeviceVerdict, evaluateNode } from './node-health.ts';
import type { CxiScanner } from './scanner.ts';

export interface HealthWatchOptions {
  /** Kept running by the caller. */
  readonly scanner: CxiScanner;
  readonly files: HostReader;
  readonly clock: Clock;
  /** Whether a physical function without a running retry handler counts as unhealthy. */
  readonly requireRetryHandler: boolean;
  /** How long a NIC must stay well before it counts as well again, in milliseconds. */
  readonly debounceMs: number;
  /** What the other agents of the node say now. */
  readonly observe: () => Pick<HealthObservations, 'retryHandlers' | 'outOfService'>;
}

/** How often everything is evaluated without a cause, in milliseconds. */
const intervalMs = 1000;
/** How often device nodes are opened without a cause, in milliseconds. */
const nodeProbeMs = 10_000;

/**
 * Keeps the newest verdict on each NIC of a node. Every agent that tells of
 * health has one: how long a NIC is well can only be told by who keeps looking.
 */
export class HealthWatch implements Runnable {
  readonly name = 'health';
  /** The verdicts on the devices as last scanned, in their order. */
  readonly verdicts = new Latest<readonly DeviceVerdict[]>([], isDeepStrictEqual);
  readonly #options: HealthWatchOptions;
  #states: ReadonlyMap<string, DebounceState> = new Map();
  #nodeErrors: ReadonlyMap<string, string> = new Map();
  #probedAt = Number.NEGATIVE_INFINITY;
  #dueAt: number | undefined;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  /** Follows the scanner's devices, and evaluates them each second. */
  async start(signal: AbortSignal): Promise<void> {
    const { scanner, clock } = this.#options;
    using _devices = scanner.devices.subscribe(() => this.look());
    while (!signal.aborted) {
      this.refresh();
      const wait = Math.min(intervalMs, (this.#dueAt ?? Number.POSITIVE_INFINITY) - clock.monotonic());
      await clock.sleep(Math.max(1, wait), signal).catch(() => undefined);
    }
  }

  /** Evaluates every NIC as the scanner last saw it; its device node is opened now. */
  look(): void {
    this.#probedAt = Number.NEGATIVE_INFINITY;
    this.refresh();
  }

  /** Evaluates every NIC as the scanner last saw it. */
  refresh(): void {
    const { scanner, files, clock, requireRetryHandler, debounceMs, observe } = this.#options;
    const devices = scanner.devices.value;
    const now = clock.monotonic();
    if (now - this.#probedAt >= nodeProbeMs) {
      this.#probedAt = now;
      this.#nodeErrors = deviceNodeErrors(files, devices);
    }
    const { verdicts, states, dueAt } = evaluateNode(
      { ...observe(), devices, nodeErrors: this.#nodeErrors, requireRetryHandler, debounceMs, now },
      this.#states,
    );
    this.#states = states;
    this.#dueAt = dueAt;
    this.verdicts.set(verdicts);
  }
}
