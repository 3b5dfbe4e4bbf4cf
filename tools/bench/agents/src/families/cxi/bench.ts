import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@rackwright/core';
import type { SimulatedHost } from '@rackwright/simulator';
import type { AgentSpec, BenchFamily, Surroundings } from '../../bench-family.ts';
import { writeRetryHandler } from './retry-handler.ts';

async function agents({ folder, host, node, pluginFolder, writePod }: Surroundings): Promise<AgentSpec[]> {
  const common = [`--host-root=${host}`, `--node-name=${node}`];
  const cdi = join(folder, 'cdi');
  mkdirSync(cdi, { recursive: true });
  return [
    {
      name: 'driver-agent',
      port: 8081,
      args: ['--host-root=/host', `--node-name=${node}`],
      env: await writePod(join(folder, 'pod')),
    },
    {
      name: 'cxi-device-plugin',
      port: 8082,
      args: [
        ...common,
        `--kubelet-dir=${pluginFolder}`,
        `--cdi-dir=${cdi}`,
        `--pod-resources-socket=${join(folder, 'pod-resources.sock')}`,
      ],
      env: {},
    },
    { name: 'cxi-metrics-exporter', port: 9090, args: common, env: {} },
    { name: 'retry-handler', port: 8080, args: common, env: {} },
  ];
}

/** Traffic passes, a link goes down and up, and every ten seconds a NIC is pulled and put back. */
async function change({ hardware: { cxi } }: SimulatedHost, second: number): Promise<void> {
  await cxi.passTraffic(1);
  const [first = '', ...others] = cxi.nics();
  const flapping = others[second % others.length] ?? first;
  await cxi.setLink(flapping, 'down');
  await systemClock.sleep(400);
  await cxi.setLink(flapping, 'up');
  if (second % 10 === 9) {
    await cxi.unplug(flapping);
    await cxi.plug({ name: flapping, generation: 1 });
  }
}

/** Eight NICs of both generations. */
export const bench: BenchFamily = {
  hardware: {
    nics: Array.from({ length: 8 }, (_, i) => ({ generation: i % 2 === 0 ? 1 : 2 }) as const),
    cxiRh: false,
  },
  prepare: writeRetryHandler,
  agents,
  change,
};
