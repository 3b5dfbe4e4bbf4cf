import type { Clock, Latest, Logger, Runnable } from '@rackwright/core';
import type { CdiFile, CdiSpec } from '@rackwright/kubelet';
import type { Nic } from './model.ts';

/** The part of the plugin that has to do with the node's CDI specification. */
export interface CdiFace extends Runnable {
  /** What containers get; undefined while there is no (good) specification. */
  readonly published: Latest<CdiSpec | undefined>;
  /** Why the file cannot be written or used, if so. */
  readonly failure: Latest<string | undefined>;
  /** Looks at everything now. */
  update(): Promise<void>;
}

/** What every such part is made from. */
export interface CdiFaceOptions {
  readonly file: CdiFile;
  /** Makes the specification from what the host holds now; `env` is the list of an existing file. */
  readonly build: (env: readonly string[]) => CdiSpec | undefined;
  /** Whose changes call for another look at once. */
  readonly changes: Latest<readonly Nic[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often libraries and the file are looked at without a cause, in milliseconds. */
const beatMs = 10_000;

/** Updates the part with every change of the NICs and now and then, until told to stop. */
export async function keepLooking(
  face: Pick<CdiFace, 'update'>,
  { changes, clock }: CdiFaceOptions,
  signal: AbortSignal,
): Promise<void> {
  using _changes = changes.subscribe(() => void face.update());
  while (!signal.aborted) {
    await face.update();
    await clock.sleep(beatMs, signal).catch(() => undefined);
  }
}
