import { posix } from 'node:path';
import { HwError } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { cdiFileName, type ResourcePlan, type Sharing } from '@rackwright/kubelet';
import type { ConfigOf } from '@rackwright/service';
import { hpeSharing } from './hpe-options.ts';
import type { AllocateMode } from './model.ts';
import type { options } from './options.ts';

/** The options brought into the form the code works with. */
export interface Settings {
  readonly resources: readonly ResourcePlan[];
  readonly allocateMode: AllocateMode;
  /** Path of the CDI specification; absent when the mode needs none. */
  readonly cdiFile?: string;
  /** Time between two full scans without a cause, in milliseconds. */
  readonly fullScanMs: number;
  /** What older options were turned into, for the log. */
  readonly notices: readonly string[];
}

const defaultFullScanMs = 30_000;

/**
 * Works out what the options mean together.
 *
 * @throws HwError InvalidArgument with the flag if two resources have one name
 */
export function settings(config: ConfigOf<typeof options>): Settings {
  const hpe = hpeSharing(config);
  const sharing: Sharing =
    hpe ??
    (config.sharingMode === 'shared'
      ? { mode: 'shared', capacity: config.sharedCapacity }
      : { mode: 'exclusive' });
  const cdiFile = cdiFileOf(config);
  return {
    resources: resourcesOf(config, sharing),
    allocateMode: config.enableCdi === undefined ? config.allocateMode : 'cdi-inline',
    ...(cdiFile !== undefined && { cdiFile }),
    fullScanMs: (config.pulse ?? 0) > 0 ? (config.pulse ?? 0) * 1000 : defaultFullScanMs,
    notices: [...(hpe === undefined ? [] : [hpeNotice(sharing)]), ...ignored(config)],
  };
}

function resourcesOf(config: ConfigOf<typeof options>, sharing: Sharing): ResourcePlan[] {
  const names = [
    ['--resource-name', config.resourceName, 'pf', sharing],
    ['--legacy-resource-name', config.legacyResourceName, 'pf', sharing],
    // A virtual function always belongs to one pod.
    ['--vf-resource-name', config.vfResourceName, 'vf', { mode: 'exclusive' }],
  ] as const;
  const plans = new Map<string, ResourcePlan>();
  for (const [field, resource, kind, how] of names) {
    if (resource === '') continue;
    if (plans.has(resource)) {
      throw new HwError('InvalidArgument', `${field}: ${resource} is the name of another resource`, {
        field,
        remedy: 'give it a name of its own, or "" for none',
      });
    }
    plans.set(resource, { resource, kind, sharing: how });
  }
  return [...plans.values()];
}

function cdiFileOf(config: ConfigOf<typeof options>): string | undefined {
  if (config.enableCdi !== undefined) return config.enableCdi;
  return config.allocateMode === 'device-nodes'
    ? undefined
    : posix.join(config.cdiDir, cdiFileName(cxi.cdiKind));
}

function hpeNotice(sharing: Sharing): string {
  const how = sharing.mode === 'shared' ? `shared, ${sharing.capacity} pods per NIC` : 'exclusive';
  return `options of HPE's device plugin are in use: sharing is ${how}`;
}

function ignored(config: ConfigOf<typeof options>): string[] {
  const given = [config.logtostderr, config.stderrthreshold, config.verbosity];
  return given.some((value) => value !== undefined)
    ? ['--logtostderr, --stderrthreshold and --v have no effect: see --log-level']
    : [];
}
