import { commandFaults } from '../commands/faults.ts';
import { cxiFaults } from '../cxi/faults.ts';
import { coreFaults } from '../host/faults.ts';
import { nvmeFaults } from '../nvme/faults.ts';
import { pmemFaults } from '../pmem/faults.ts';

export { FailingFiles, randomFailures } from './failing-files.ts';
export type { Fault } from './fault.ts';
export { FrozenFolder } from './frozen-folder.ts';
export { canMountFuse } from './fuse-mount.ts';
export { type GarbageKind, garbageKinds } from './garbage.ts';

/** Everything that can go wrong with a simulated host: what every host has, and each kind of hardware. */
export const faults = {
  ...coreFaults,
  ...commandFaults,
  ...cxiFaults,
  ...nvmeFaults,
  ...pmemFaults,
} as const;
