import type { Family } from '../app.ts';

/** Persistent memory as volumes. */
export const pmem = {
  name: 'pmem',
  title: 'Persistent memory (PMEM-CSI)',
  crdChart: 'operator-manager',
  apps: [],
} as const satisfies Family;
