import type { Family } from '../app.ts';

/** NVIDIA AIStore clusters. */
export const ais = {
  name: 'ais',
  title: 'NVIDIA AIStore clusters',
  crdChart: 'ais-operator',
  apps: [
    {
      name: 'ais-operator',
      kind: 'controller',
      mayLoad: ['express', '@kubernetes/client-node', 'zod', 'undici'],
      budget: { anonymousMiB: 64, bundleKB: 1200 },
      // Clusters, by the names of their Services.
      callsServices: true,
    },
  ],
} as const satisfies Family;
