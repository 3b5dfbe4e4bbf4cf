import type { Suite } from '../../suite.ts';

export const suite: Suite = {
  hosts: {},
  values: [],
  accounts: () => [],
  cases: [],
  removal: [],
};
