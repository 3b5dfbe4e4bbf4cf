import type { Family } from '../app.ts';

/** Phison AI100 cache SSDs. */
export const ai100 = {
  name: 'ai100',
  title: 'Phison AI100 cache SSDs (aiDAPTIVCache)',
  crdChart: 'operator-manager',
  apps: [
    {
      name: 'ai100-device-plugin',
      kind: 'node agent',
      mayLoad: [],
      budget: { anonymousMiB: 28, bundleKB: 800 },
      component: 'ai100-device-plugin',
      olderImages: ['phison-device-plugin'],
    },
    {
      name: 'nvme-exporter',
      kind: 'node agent',
      mayLoad: [],
      budget: { anonymousMiB: 28, bundleKB: 600 },
      component: 'nvme-exporter',
      // The operator, to which it reports.
      callsServices: true,
      olderImages: ['aidaptivcache-exporter'],
    },
  ],
} as const satisfies Family;
