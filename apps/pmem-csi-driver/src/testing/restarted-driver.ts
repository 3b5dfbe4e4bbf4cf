import { isHwError, systemClock } from '@rackwright/core';
import { CsiClient } from '@rackwright/csi';
import { DriverProcess } from './driver-process.ts';

/** A driver that is started again when it was killed, as the kubelet does, and asked again what it did not answer. */
export class RestartedDriver {
  readonly #client: CsiClient;
  readonly #root: string;
  readonly #options: readonly string[] | undefined;
  #driver: DriverProcess;
  kills: string[] = [];

  constructor(root: string, killAt: number, options?: readonly string[]) {
    this.#root = root;
    this.#options = options;
    this.#client = new CsiClient({ endpoint: `unix://${root}/csi.sock`, clock: systemClock });
    this.#driver = new DriverProcess(root, killAt, options);
  }

  async step<T>(work: (client: CsiClient) => Promise<T>): Promise<T> {
    for (;;) {
      if (!(await this.#driver.served())) {
        this.#restart();
        continue;
      }
      try {
        return await work(this.#client);
      } catch (error) {
        // A connection that breaks is a driver that was killed: its end is a moment away.
        if (!isHwError(error, 'Unavailable', 'Cancelled', 'Internal')) throw error;
        await this.#driver.ended();
      }
    }
  }

  #restart(): void {
    this.kills.push(this.#driver.stderr.trim());
    this.#driver = new DriverProcess(this.#root, undefined, this.#options);
  }

  stop(): Promise<void> {
    return this.#driver.stop();
  }
}
