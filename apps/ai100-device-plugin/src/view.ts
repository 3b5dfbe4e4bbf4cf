import type { DriveSelection } from '@rackwright/hardware-nvme';
import type { Unit } from './units/units.ts';
import type { CacheVolume } from './units/volume.ts';

/** What one look at the node came to: the newest one is all that is published. */
export interface AgentView {
  readonly drives: readonly DriveSelection[];
  readonly volumes: readonly CacheVolume[];
  readonly units: readonly Unit[];
}
