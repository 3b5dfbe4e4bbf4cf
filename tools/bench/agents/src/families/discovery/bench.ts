import { join } from 'node:path';
import type { BenchFamily } from '../../bench-family.ts';

/** Looks at the hardware of the other families. */
export const bench: BenchFamily = {
  hardware: {},
  prepare: () => undefined,
  agents: async ({ folder, node, writePod }) => [
    {
      name: 'node-discovery',
      port: 8083,
      // A look a second, so that changes are seen as soon as by the others.
      args: ['--host-root=/host', `--node-name=${node}`, '--interval=1s'],
      env: await writePod(join(folder, 'discovery-pod')),
    },
  ],
  change: async () => undefined,
};
