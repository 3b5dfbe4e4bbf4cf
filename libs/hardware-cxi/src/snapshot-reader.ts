import type { Clock } from '@rackwright/core';
import type { HostReader, ReadFailure } from '@rackwright/host';
import { type KnownSnapshot, withLastKnown } from './last-known.ts';
import { scanCxi } from './scan.ts';
import type { CxiSnapshot } from './snapshot.ts';

/** What a look at the host showed, with what was known before in place of what could not be read. */
export interface CxiLook {
  /** Undefined while the devices could never be listed. */
  readonly known: KnownSnapshot | undefined;
  /** False if the time for the look did not suffice. */
  readonly complete: boolean;
  /** What could not be read now. */
  readonly outdated: readonly ReadFailure[];
}

/** Bounds on one look, as of a scan. */
export interface SnapshotReaderOptions {
  readonly files: HostReader;
  readonly clock: Clock;
  readonly wallMs?: number;
  /** Processor time for a second try if the first one did not end in time, in milliseconds. */
  readonly secondBudgetMs: number;
}

/** Reads the host when asked, and keeps what it knew for what cannot be read. */
export class SnapshotReader {
  readonly #options: SnapshotReaderOptions;
  #known: KnownSnapshot | undefined;

  constructor(options: SnapshotReaderOptions) {
    this.#options = options;
  }

  look(): CxiLook {
    const now = this.#scan();
    this.#known = withLastKnown(now, this.#known);
    const outdated = this.#known?.outdated ?? (now.unlisted ? [now.unlisted] : []);
    return { known: this.#known, complete: now.complete, outdated };
  }

  /** A host may be slow once (cold code, a throttled processor): then it is read a second time, with more time. */
  #scan(): CxiSnapshot {
    const { files, clock, wallMs, secondBudgetMs: budgetMs } = this.#options;
    const { devices = [], unidentified = [] } = this.#known ?? {};
    const known = [...devices.map(({ name }) => name), ...unidentified];
    const bounds = { clock, known, ...(wallMs !== undefined && { wallMs }) };
    const first = scanCxi(files, bounds);
    return first.complete ? first : scanCxi(files, { ...bounds, budgetMs });
  }
}
