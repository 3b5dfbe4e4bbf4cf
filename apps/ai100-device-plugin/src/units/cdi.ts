import { posix } from 'node:path';
import type { Clock, Latest, Logger } from '@rackwright/core';
import { ai100 } from '@rackwright/keys';
import {
  CdiFile,
  CdiFilePublisher,
  type CdiSpec,
  cdiFileName,
  cdiSpec,
  type PrometheusPluginMetrics,
} from '@rackwright/kubelet';
import { type Isolation, unitFolder } from './unit-folder.ts';
import type { Unit } from './units.ts';

/** What the names of units stand for. */
export interface UnitCdiOptions {
  readonly isolation: Isolation;
  readonly podPath: string;
  /** Where the host tree lies on the node. */
  readonly nodeRoot: string;
}

/**
 * The CDI specification of the node's units: each name mounts the cache, and
 * follows when it is mounted anew, which a mount the kubelet is told of does
 * not. Undefined while there are none: names of before stay for containers that
 * are started again. Pure.
 */
export function unitCdiSpec(
  units: readonly Unit[],
  env: readonly string[],
  { isolation, podPath, nodeRoot }: UnitCdiOptions,
): CdiSpec | undefined {
  if (units.length === 0) return undefined;
  return cdiSpec({
    kind: ai100.cdiKind,
    devices: units.map(({ name, volume }) => ({
      name,
      containerEdits: {
        mounts: [
          {
            hostPath: posix.join(nodeRoot, unitFolder(volume, name, isolation)),
            containerPath: podPath,
            options: ['rw', 'rbind', 'rslave'],
          },
        ],
      },
    })),
    ...(env.length > 0 && { containerEdits: { env } }),
  });
}

/** Keeps the specification in its folder in step with the units. */
export function unitCdiPublisher(
  folder: string,
  options: UnitCdiOptions,
  parts: {
    readonly units: Latest<readonly Unit[]>;
    readonly metrics: PrometheusPluginMetrics;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): CdiFilePublisher {
  const { units, metrics, clock, logger } = parts;
  return new CdiFilePublisher({
    ...{ clock, logger, changes: units, kind: ai100.cdiKind },
    file: new CdiFile(posix.join(folder, cdiFileName(ai100.cdiKind))),
    build: (env) => unitCdiSpec(units.value, env, options),
    onUpdate: metrics.cdiUpdated.bind(metrics),
  });
}
