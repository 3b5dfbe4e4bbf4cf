import type { Probe } from '../pod-model.ts';
import type { ProbeKind, ProbeResult } from './probe-results.ts';

/** Result of a container nobody has probed yet. */
export const initialResult: Readonly<Record<ProbeKind, ProbeResult>> = {
  startup: 'unknown',
  liveness: 'success',
  readiness: 'failure',
};

/** Turns tries into a result: only enough equal ones in a row change it. */
export class ProbeCounter {
  readonly #failureThreshold: number;
  readonly #successThreshold: number;
  #last: boolean | undefined;
  #run = 0;

  constructor(probe: Probe) {
    this.#failureThreshold = probe.failureThreshold ?? 3;
    this.#successThreshold = probe.successThreshold ?? 1;
  }

  /** Counts one try; returns the new result once its threshold is reached. */
  count(ok: boolean): ProbeResult | undefined {
    this.#run = this.#last === ok ? this.#run + 1 : 1;
    this.#last = ok;
    if (this.#run < (ok ? this.#successThreshold : this.#failureThreshold)) return undefined;
    return ok ? 'success' : 'failure';
  }

  /** Starts the row anew, as after a result that ends probing. */
  restart(): void {
    this.#run = 0;
  }
}
