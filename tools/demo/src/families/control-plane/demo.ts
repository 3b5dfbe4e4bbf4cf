import type { DemoFamily } from '../../demo-family.ts';

/** The ground every family stands on: its pods and events are in the view already. */
export const demo: DemoFamily = {
  values: [],
  resources: [],
  sections: async () => [],
  checks: [],
  faults: [],
  hints: () => [],
};
