import { isDeepStrictEqual } from 'node:util';
import { Backoff, type Clock, Latest, type Logger, type Runnable } from '@rackwright/core';
import { type CxiScanner, loadedModules, slingshotAddresses } from '@rackwright/hardware-cxi';
import { type HostReader, UnreadableError } from '@rackwright/host';
import { driverAgent } from '@rackwright/keys';
import { type DriverSource, type DriverState, verifyDriver } from './verify.ts';

export interface DriverCheckOptions {
  readonly source: DriverSource;
  readonly files: HostReader;
  readonly scanner: Pick<CxiScanner, 'devices'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Time between two verifications of a driver that is ready; also the longest wait while it is not. */
  readonly intervalMs: number;
}

/**
 * Verifies the driver again and again: each interval while it is ready, after
 * growing waits from one second while it is not, and whenever the devices
 * change.
 */
export class DriverCheck implements Runnable {
  readonly name = 'driver-check';
  /** Undefined before the first verification. */
  readonly driver = new Latest<DriverState | undefined>(undefined, isDeepStrictEqual);
  readonly #options: DriverCheckOptions;
  readonly #backoff: Backoff;

  constructor(options: DriverCheckOptions) {
    this.#options = options;
    const { intervalMs } = options;
    this.#backoff = new Backoff({ initialMs: Math.min(1000, intervalMs), maxMs: intervalMs });
  }

  /** Looks at the host now. While it cannot be read, what was last found holds. */
  verify(): DriverState {
    const { logger } = this.#options;
    const state = this.#look();
    if (this.driver.set(state)) {
      const { ready, reason, message } = state;
      logger[ready ? 'info' : 'warn'](ready ? 'driver is ready' : 'driver is not ready', { reason, message });
    }
    return state;
  }

  #look(): DriverState {
    const { source, files, scanner } = this.#options;
    try {
      return verifyDriver({
        source,
        modules: loadedModules(files),
        classPresent: files.stat(files.root.sys('class', 'cxi'))?.isDirectory() === true,
        devices: scanner.devices.value,
        nicsOnBus: slingshotAddresses(files).length,
      });
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
      const { hostUnreadable } = driverAgent.driverReason;
      return this.driver.value ?? { ready: false, reason: hostUnreadable, message: error.message };
    }
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, scanner } = this.#options;
    while (!signal.aborted) {
      const { ready } = this.verify();
      if (ready) this.#backoff.reset();
      using changes = onceChanged(scanner.devices);
      const cut = AbortSignal.any([signal, changes.signal]);
      await clock.sleep(ready ? intervalMs : this.#backoff.next(), cut).catch(() => undefined);
    }
  }
}

/** A signal that aborts with the next change of `latest`. */
function onceChanged<T>(latest: Latest<T>): Disposable & { readonly signal: AbortSignal } {
  const changed = new AbortController();
  const subscription = latest.subscribe(() => changed.abort());
  return { signal: changed.signal, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}
