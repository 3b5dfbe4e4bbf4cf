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
  cases: [...network, ...volumes, ...admission, ...processes, ...pipelines],
  removal: [],
};
