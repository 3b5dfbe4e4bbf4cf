import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where the agents of the benchmark find things. */
export interface Surroundings {
  /** A folder of the benchmark's own. */
  readonly folder: string;
  /** The simulated host's `/`. */
  readonly host: string;
  readonly node: string;
  readonly pluginFolder: string;
  /** Makes a pod's root and returns the environment that goes with it. */
  readonly writePod: (folder: string) => Promise<Record<string, string>>;
}

/** How one agent is started. */
export interface AgentSpec {
  readonly name: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Every agent of a node, with the flags the operator would give it. */
export async function agentSpecs(around: Surroundings): Promise<AgentSpec[]> {
  const { folder, host, node, pluginFolder } = around;
  const common = [`--host-root=${host}`, `--node-name=${node}`];
  const cdi = join(folder, 'cdi');
  mkdirSync(cdi, { recursive: true });
  return [
    {
      name: 'driver-agent',
      port: 8081,
      args: ['--host-root=/host', `--node-name=${node}`],
      env: await around.writePod(join(folder, 'pod')),
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
    {
      name: 'node-discovery',
      port: 8083,
      // A look a second, so that changes are seen as soon as by the others.
      args: ['--host-root=/host', `--node-name=${node}`, '--interval=1s'],
      env: await around.writePod(join(folder, 'discovery-pod')),
    },
  ];
}
