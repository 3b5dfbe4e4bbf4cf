import type { Clock, Latest, Logger, Runnable } from '@rackwright/core';
import type { CdiFile } from './file.ts';
import type { CdiSpec } from './spec.ts';

/** The part of a plugin that has to do with the node's CDI specification. */
export interface CdiPublisher extends Runnable {
  /** What containers get; undefined while there is no (good) specification. */
  readonly published: Latest<CdiSpec | undefined>;
  /** Why the file cannot be written or used, if so. */
  readonly failure: Latest<string | undefined>;
  /** Looks at everything now. */
  update(): Promise<void>;
}

/** What every such part is made from. */
export interface CdiPublisherOptions {
  readonly file: CdiFile;
  /** Makes the specification from what the host holds now; `env` is the list of an existing file. */
  readonly build: (env: readonly string[]) => CdiSpec | undefined;
  /** Whose changes call for another look at once. */
  readonly changes: { subscribe(listener: () => void): Disposable };
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the host and the file are looked at without a cause, in milliseconds. */
const intervalMs = 10_000;

/** Updates the part with every change of the devices and now and then, until told to stop: once it returns nothing is written. */
export async function keepUpdated(
  publisher: Pick<CdiPublisher, 'update'>,
  { changes, clock }: CdiPublisherOptions,
  signal: AbortSignal,
): Promise<void> {
  let pause = new AbortController();
  using _changes = changes.subscribe(() => pause.abort());
  while (!signal.aborted) {
    pause = new AbortController();
    await publisher.update();
    await clock.sleep(intervalMs, AbortSignal.any([signal, pause.signal])).catch(() => undefined);
  }
}
