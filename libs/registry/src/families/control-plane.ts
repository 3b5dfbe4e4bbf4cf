import type { Family } from '../app.ts';

/** What serves every family. */
export const controlPlane = {
  name: 'control-plane',
  title: 'operators of all families',
  apps: [
    {
      name: 'operator-manager',
      kind: 'controller',
      mayLoad: ['express', '@kubernetes/client-node', 'zod', 'undici'],
      budget: { anonymousMiB: 64, bundleKB: 1500 },
      olderImages: ['manager'],
    },
  ],
} as const satisfies Family;
