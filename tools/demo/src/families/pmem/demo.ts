import type { DemoFamily } from '../../demo-family.ts';

export const demo: DemoFamily = {
  hosts: {},
  values: [],
  resources: [],
  sections: async () => [],
  checks: [],
  faults: [],
  hints: () => [],
};
