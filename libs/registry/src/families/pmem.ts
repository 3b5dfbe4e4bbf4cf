import type { Family } from '../app.ts';

/** Persistent memory as volumes. */
export const pmem = {
  name: 'pmem',
  title: 'Persistent memory (PMEM-CSI)',
  crdChart: 'operator-manager',
  apps: [
    {
      name: 'pmem-csi-driver',
      kind: 'node agent',
      mayLoad: [],
      budget: { anonymousMiB: 28, bundleKB: 800 },
      hardwareTools: true,
      component: 'pmem-csi-driver',
      // Its controller and its nodes call each other.
      callsServices: true,
    },
  ],
} as const satisfies Family;
