import type { Family } from '../app.ts';

const budget = { anonymousMiB: 28, bundleKB: 800 } as const;

/** HPE Slingshot NICs; the order is that of a rollout. */
export const cxi = {
  name: 'cxi',
  title: 'HPE Slingshot NICs (CXI)',
  crdChart: 'operator-manager',
  apps: [
    { name: 'driver-agent', kind: 'node agent', mayLoad: [], budget, component: 'driver-agent' },
    {
      name: 'cxi-device-plugin',
      kind: 'node agent',
      mayLoad: [],
      budget,
      component: 'device-plugin',
      olderImages: ['device-plugin'],
    },
    { name: 'retry-handler', kind: 'node agent', mayLoad: [], budget, component: 'retry-handler' },
    {
      name: 'cxi-metrics-exporter',
      kind: 'node agent',
      mayLoad: [],
      budget,
      component: 'metrics-exporter',
      olderImages: ['metrics-exporter'],
    },
  ],
} as const satisfies Family;
