import type { Clock, Logger } from '@rackwright/core';
import { CdiFile } from '@rackwright/kubelet';
import type { CdiFace } from './cdi-face.ts';
import { CdiFollower } from './cdi-follower.ts';
import { CdiKeeper } from './cdi-keeper.ts';
import { type HostCdiOptions, hostCdiSpec } from './host-cdi.ts';
import type { Inventory } from './inventory.ts';
import type { AllocateMode } from './model.ts';
import type { PluginMetrics } from './plugin-metrics.ts';

/** What the CDI part of the plugin is made from. */
export interface CdiPartOptions extends HostCdiOptions {
  readonly mode: AllocateMode;
  /** Path of the specification as this process sees it; absent in the mode without CDI. */
  readonly path: string | undefined;
  readonly inventory: Inventory;
  readonly metrics: PluginMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps or follows the CDI specification, as the mode asks; nothing in the mode without CDI. */
export function cdiPart(options: CdiPartOptions): CdiFace | undefined {
  const { mode, path, inventory, metrics, clock, logger } = options;
  if (path === undefined) return undefined;
  const common = {
    file: new CdiFile(path),
    build: (env: readonly string[]) => hostCdiSpec(inventory.nics.value, env, options),
    changes: inventory.nics,
    clock,
    logger,
  };
  return mode === 'cdi-inline'
    ? new CdiFollower(common)
    : new CdiKeeper({ ...common, onUpdate: (result) => metrics.cdiUpdated(result) });
}
