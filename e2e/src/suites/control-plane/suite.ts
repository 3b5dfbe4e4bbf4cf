import { inLane } from '../../case.ts';
import type { Suite } from '../../suite.ts';
import { admission } from './admission.ts';
import { network } from './network.ts';
import { pipelines } from './pipelines.ts';
import { processes } from './processes.ts';
import { volumes } from './volumes.ts';

/** The ground every family stands on. */
export const suite: Suite = {
  hosts: {},
  values: [],
  accounts: () => ['rackwright-operator-manager'],
  // Each in a namespace of its own.
  cases: [
    ...inLane('network', ...network),
    ...inLane('volumes', ...volumes),
    ...inLane('admission', ...admission, ...processes, ...pipelines),
  ],
  removal: [],
};
