import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchFamily } from '../../bench-family.ts';

/** Two drives, one of which fails and comes back every ten seconds. */
export const bench: BenchFamily = {
  hardware: { nvme: [{}, {}] },
  prepare: () => undefined,
  agents: async ({ folder, host, node, pluginFolder }) => {
    const cdi = join(folder, 'cdi-ai100');
    mkdirSync(cdi, { recursive: true });
    return [
      {
        name: 'ai100-device-plugin',
        port: 8084,
        args: [
          ...[`--host-root=${host}`, `--node-root=${host}`, `--node-name=${node}`],
          `--kubelet-dir=${pluginFolder}`,
          ...[`--cdi-dir=${cdi}`, `--pod-resources-socket=${join(folder, 'pod-resources.sock')}`],
          // A look as often as may be, so that changes are seen.
          '--health-poll=5s',
          '--health-command-timeout=2s',
        ],
        env: {},
      },
      {
        name: 'nvme-exporter',
        port: 9299,
        args: [
          ...[`--host-root=${host}`, `--node-root=${host}`, `--node-name=${node}`],
          ...['--source=Agent', '--interval=10s'],
        ],
        env: {},
      },
    ];
  },
  change: async ({ hardware: { nvme } }, second) => {
    const drive = nvme.names().at(-1);
    if (drive === undefined || second % 10 > 1) return;
    nvme.setState(drive, second % 10 === 0 ? 'resetting' : 'live');
  },
};
