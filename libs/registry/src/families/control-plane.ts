import type { Family } from '../app.ts';

/** What serves every family. */
export const controlPlane = {
  name: 'control-plane',
  title: 'operators and webhooks of all families',
  crdChart: 'operator-manager',
  apps: [
    {
      name: 'operator-manager',
      kind: 'controller',
      mayLoad: ['express', '@kubernetes/client-node', 'zod', 'undici'],
      budget: { anonymousMiB: 64, bundleKB: 1200 },
      olderImages: ['manager'],
    },
    {
      name: 'admission-webhook',
      kind: 'controller',
      mayLoad: ['express'],
      budget: { anonymousMiB: 56, bundleKB: 900 },
    },
  ],
} as const satisfies Family;
