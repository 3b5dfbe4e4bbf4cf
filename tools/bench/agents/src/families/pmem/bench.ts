import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchFamily } from '../../bench-family.ts';

/** A driver that has volumes to tell of and nothing to do; its devices are folders. */
export const bench: BenchFamily = {
  hardware: { pmem: [{}] },
  prepare: () => undefined,
  agents: async ({ folder, host, node }) => {
    const state = join(folder, 'pmem-state');
    mkdirSync(state, { recursive: true });
    return [
      {
        name: 'pmem-csi-driver',
        port: 10_010,
        args: [
          `-host-root=${host}`,
          ...['-deviceManager=fake', '-mode=node', `-nodeid=${node}`],
          `-endpoint=unix://${join(folder, 'csi.sock')}`,
          ...[`-statePath=${state}`, '-metricsListen=:10010'],
        ],
        env: {},
      },
    ];
  },
  change: async () => undefined,
};
