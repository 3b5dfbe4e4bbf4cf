import type { Family } from '../app.ts';

/** Labels nodes by the hardware of every family. */
export const discovery = {
  name: 'discovery',
  title: 'discovery of hardware',
  apps: [
    {
      name: 'node-discovery',
      kind: 'node agent',
      mayLoad: [],
      budget: { anonymousMiB: 28, bundleKB: 800 },
    },
  ],
} as const satisfies Family;
