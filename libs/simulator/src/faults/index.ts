import {
  garbageFile,
  linkDown,
  linkFlap,
  missingFile,
  moduleGone,
  plugNic,
  retryHandlerDeath,
  unplugNic,
} from './host-faults.ts';
import { staleStatsMount, statsHang } from './stats-mount.ts';

export { FailingFiles, randomFailures } from './failing-files.ts';
export type { Fault } from './fault.ts';
export { type GarbageKind, garbageKinds } from './garbage.ts';
export { canMountStats } from './stats-mount.ts';

/** Everything that can go wrong with a simulated host. */
export const faults = {
  unplugNic,
  plugNic,
  linkDown,
  linkFlap,
  missingFile,
  garbageFile,
  moduleGone,
  retryHandlerDeath,
  statsHang,
  staleStatsMount,
} as const;
