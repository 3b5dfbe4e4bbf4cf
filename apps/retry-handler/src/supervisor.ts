import { aborted, Latest, type Runnable } from '@rackwright/core';
import type { CxiScanner } from '@rackwright/hardware-cxi';
import { UnreadableError } from '@rackwright/host';
import { handlerEntries } from './entries.ts';
import type { CrashPolicy, HandlerRecord } from './model.ts';
import { KERNEL_GRACE_MS, nextDue, type PlanInput, plan, unsureNics } from './plan.ts';
import { ProcessPool, type ProcessPoolParts } from './process-pool.ts';
import type { StateFile } from './state-file.ts';

export interface SupervisorParts extends ProcessPoolParts {
  readonly scanner: CxiScanner;
  readonly state: StateFile;
  readonly policy: CrashPolicy;
  /** Host path given to cxi_rh as its configuration; empty for its default. */
  readonly conf: string;
  /** The only NIC to care for; undefined for all. */
  readonly only: string | undefined;
}

/** The loop turns at least this often, in milliseconds. */
const TURN_MS = 5000;
/** More steps than any NIC needs to come to rest. */
const MAX_STEPS = 8;
/** How often what an earlier supervisor left is tried again while it cannot be read, in milliseconds. */
const REREAD_MS = 1000;

/** Keeps one handler per physical NIC: sees, plans, acts, and writes down what is. */
export class Supervisor implements Runnable {
  readonly name = 'supervisor';
  /** What is known of each NIC. */
  readonly records = new Latest<readonly HandlerRecord[]>([]);
  readonly #parts: SupervisorParts;
  readonly #pool: ProcessPool;
  #wake: () => void = () => undefined;
  #poked = false;
  #exitSeen = false;
  #problem: string | undefined;
  #turnedAt: number;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#turnedAt = parts.clock.monotonic();
    this.#pool = new ProcessPool({
      ...parts,
      onExit: (...exit) => {
        parts.onExit(...exit);
        this.#exitSeen = true;
        this.#poke();
      },
    });
  }

  /** Milliseconds since the loop last turned, or since it was made. */
  get idleMs(): number {
    return this.#parts.clock.monotonic() - this.#turnedAt;
  }

  /** Why what an earlier supervisor left is not known; nothing is done until it is. */
  get problem(): string | undefined {
    return this.#problem;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { scanner } = this.#parts;
    const watching = new AbortController();
    // Without that the state would be overwritten, and who was running taken for a stranger.
    if (!(await this.#readopt(watching.signal, signal))) return;
    try {
      await this.#scanned(signal);
      using _changes = scanner.devices.subscribe(() => this.#poke());
      signal.addEventListener('abort', () => this.#poke(), { once: true });
      while (!signal.aborted) {
        await this.#turn(signal);
        await this.#idle();
      }
    } finally {
      await this.#stop();
      watching.abort();
    }
  }

  /** Takes over what an earlier supervisor left, as soon as that can be read; false if `signal` came first. */
  async #readopt(watching: AbortSignal, signal: AbortSignal): Promise<boolean> {
    const { state, policy, clock } = this.#parts;
    while (!signal.aborted) {
      this.#turnedAt = clock.monotonic();
      try {
        this.#pool.readopt(await state.read(), policy, watching);
        this.#problem = undefined;
        return true;
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        this.#problem = error.message;
        await clock.sleep(REREAD_MS, signal).catch(() => undefined);
      }
    }
    return false;
  }

  /** Waits until the NICs are known; the loop turns meanwhile, for a restart would not help. */
  async #scanned(signal: AbortSignal): Promise<void> {
    const { scanner, clock } = this.#parts;
    const done = Promise.race([scanner.scanned.until((known) => known), aborted(signal)]).then(() => true);
    const late = (): Promise<boolean> =>
      clock.sleep(TURN_MS, signal).then(
        () => false,
        () => true,
      );
    while (!(await Promise.race([done, late()]))) this.#turnedAt = clock.monotonic();
  }

  async #turn(signal: AbortSignal): Promise<void> {
    this.#poked = false;
    for (let step = 0; step < MAX_STEPS && !signal.aborted; step++) {
      this.#turnedAt = this.#parts.clock.monotonic();
      const actions = plan({
        ...this.#seen(),
        records: this.#pool.records,
        policy: this.#parts.policy,
        now: this.#turnedAt,
      });
      for (const action of actions) this.#pool.remember(action);
      await this.#publish();
      if (actions.length === 0) return;
      await Promise.all(actions.map((action) => this.#pool.execute(action)));
    }
  }

  /** Waits until something happens or the plan may change by itself. */
  async #idle(): Promise<void> {
    const { clock } = this.#parts;
    const due = nextDue(this.#pool.records, unsureNics(this.#seen())) ?? Number.POSITIVE_INFINITY;
    const ms = Math.max(0, Math.min(TURN_MS, due - clock.monotonic()));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _timer = clock.timer(ms, resolve);
    if (this.#poked) resolve();
    await promise;
  }

  #poke(): void {
    this.#poked = true;
    this.#wake();
  }

  /** What is seen; freshly read if a handler just ended, for its NIC may have gone first. */
  #seen(): Pick<PlanInput, 'devices' | 'unidentified'> {
    const { scanner, only } = this.#parts;
    const devices = this.#exitSeen ? scanner.rescan() : scanner.devices.value;
    this.#exitSeen = false;
    return {
      devices: only === undefined ? devices : devices.filter((device) => device.name === only),
      unidentified: scanner.unidentified.value,
    };
  }

  async #publish(): Promise<void> {
    const { state, policy, conf } = this.#parts;
    const { records } = this.#pool;
    this.records.set(records);
    await state.save({ onCrash: policy.onCrash, handlers: handlerEntries(records, conf) });
  }

  async #stop(): Promise<void> {
    const devices = this.#pool.busy;
    const stopped = this.#pool.stopAll();
    await this.#publish();
    await stopped;
    await this.#verifyReleased(devices);
    await this.#publish();
  }

  /** The NICs must have their event queues back; says which have not. */
  async #verifyReleased(devices: readonly string[]): Promise<void> {
    const { clock, scanner, logger } = this.#parts;
    const held = (): string[] =>
      scanner
        .rescan()
        .filter((nic) => devices.includes(nic.name) && (nic.retryHandlerEq ?? 0) > 0)
        .map((nic) => nic.name);
    const deadline = clock.monotonic() + KERNEL_GRACE_MS;
    let names = devices.length === 0 ? [] : held();
    while (names.length > 0 && clock.monotonic() < deadline) {
      await clock.sleep(50);
      names = held();
    }
    for (const device of names) logger.warn('the NIC still has a retry handler', { device });
  }
}
