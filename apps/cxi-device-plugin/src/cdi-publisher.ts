import type { Clock, Logger } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import {
  CdiFile,
  CdiFileFollower,
  CdiFilePublisher,
  type CdiPublisher,
  type PrometheusPluginMetrics,
} from '@rackwright/kubelet';
import { type HostCdiOptions, hostCdiSpec } from './host-cdi.ts';
import type { Inventory } from './inventory.ts';
import type { AllocateMode } from './model.ts';

/** What the CDI part of the plugin is made from. */
export interface CxiCdiOptions extends HostCdiOptions {
  readonly mode: AllocateMode;
  /** Path of the specification as this process sees it; absent in the mode without CDI. */
  readonly path: string | undefined;
  readonly inventory: Inventory;
  readonly metrics: PrometheusPluginMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Publishes the CDI specification, or follows the one that `cxi-cdi-generator`
 * left, as the mode asks; nothing in the mode without CDI.
 */
export function cxiCdiPublisher(options: CxiCdiOptions): CdiPublisher | undefined {
  const { mode, path, inventory, metrics, clock, logger } = options;
  if (path === undefined) return undefined;
  const common = {
    file: new CdiFile(path),
    build: (env: readonly string[]) => hostCdiSpec(inventory.nics.value, env, options),
    changes: inventory.nics,
    clock,
    logger,
  };
  const onUpdate = metrics.cdiUpdated.bind(metrics);
  return mode === 'cdi-inline'
    ? new CdiFileFollower(common)
    : new CdiFilePublisher({ ...common, kind: cxi.cdiKind, onUpdate });
}
