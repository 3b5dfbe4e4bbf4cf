import { isHwError, systemClock } from '@rackwright/core';
import { CsiClient } from '@rackwright/csi';
import { DriverProcess, type DriverProcessOptions } from './driver-process.ts';

/** A driver that was killed. */
export interface Kill {
  /** What was asked of it. */
  readonly during: string;
  /** Before or in which of its calls. */
  readonly call: string;
}

export interface RestartedDriverOptions extends Omit<DriverProcessOptions, 'killAt'> {
  /** At which of its calls the nth driver is killed, the first being 0; undefined for never. */
  readonly killAt: (start: number) => number | undefined;
}

/** How long a driver that broke a connection may take to be gone, in milliseconds. */
const endMs = 30_000;

/** A driver that is started again when it was killed, as the kubelet does, and asked again what it did not answer. */
export class RestartedDriver implements AsyncDisposable {
  readonly #client: CsiClient;
  readonly #options: RestartedDriverOptions;
  #driver: DriverProcess;
  readonly kills: Kill[] = [];

  constructor(options: RestartedDriverOptions) {
    this.#options = options;
    this.#client = new CsiClient({ endpoint: `unix://${options.root}/csi.sock`, clock: systemClock });
    this.#driver = this.#start();
  }

  /** @param what is done, for the list of kills */
  async step<T>(what: string, work: (client: CsiClient) => Promise<T>): Promise<T> {
    for (;;) {
      if (!(await this.#driver.served())) {
        this.#restart(what);
        continue;
      }
      try {
        return await work(this.#client);
      } catch (error) {
        // A connection that breaks is a driver that was killed: its end is a moment away.
        if (!isHwError(error, 'Unavailable', 'Cancelled', 'Internal')) throw error;
        if (!(await this.#driver.endedWithin(endMs))) throw error;
      }
    }
  }

  #restart(during: string): void {
    const { stderr } = this.#driver;
    const call = /^killed at call \d+: (.+)$/m.exec(stderr)?.[1];
    if (call === undefined) throw new Error(`the driver ended by itself: ${stderr}`);
    this.kills.push({ during, call });
    this.#driver = this.#start();
  }

  #start(): DriverProcess {
    return new DriverProcess({ ...this.#options, killAt: this.#options.killAt(this.kills.length) });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#driver.stop();
  }
}
