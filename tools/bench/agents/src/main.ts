/**
 * What the agents of a node weigh: every bundle on a simulated host with the
 * hardware of every family, started as its image starts it and kept busy, beside the same job done
 * the plainest way, in one run. Ends with 1 if an agent breaks a limit.
 *
 * Options: --seconds=30 --scrapes-per-second=5 --idle
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '@rackwright/core';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { appNodeFlags, temporaryFolder, waitUntil } from '@rackwright/testbed';
import { agentSpecs, loadBenchFamilies } from './bench-family.ts';
import { BenchProcess, type ProcessSpec } from './bench-process.ts';
import { bundleApp, bundleReference } from './bundles.ts';
import { BenchCluster } from './cluster.ts';
import { underLoad } from './load.ts';
import { breaches, report } from './measured.ts';
import { PlainKubelet } from './testing/kubelet.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    'scrapes-per-second': { type: 'string', default: '5' },
    idle: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
const scrapesPerSecond = Number(values['scrapes-per-second']);
const node = 'bench';

await using stack = new AsyncDisposableStack();
const { path: folder } = stack.use(await temporaryFolder('rwba-'));
const cluster = stack.use(await BenchCluster.start(node));
const families = await loadBenchFamilies();
const hardware: HostSpec = Object.assign({}, ...families.map((family) => family.hardware));
const host = await SimulatedHost.create(join(folder, 'node'), hardware);
for (const family of families) family.prepare(host);
const plugins = join(folder, 'kubelet');
mkdirSync(plugins);
const kubelet = stack.use(await PlainKubelet.start(plugins));

/** Agents of a node share one node binary with each other and with nobody else; so does the reference. */
function nodeBinary(name: string): string {
  const path = join(folder, name);
  copyFileSync(process.execPath, path);
  return path;
}

type Part = Pick<ProcessSpec, 'name' | 'node' | 'nodeFlags' | 'bundle' | 'args' | 'env' | 'port'>;
const processes: BenchProcess[] = [];

async function start(part: Part): Promise<void> {
  const address = `127.88.${process.pid % 250}.${processes.length + 1}`;
  const log = join(folder, `${part.name}.log`);
  processes.push(stack.use(await BenchProcess.start({ ...part, address, log })));
}

const agentNode = nodeBinary('agent-node');
const surroundings = { folder, node, host: host.folder, pluginFolder: kubelet.folder };
const writePod = (pod: string): Promise<Record<string, string>> => cluster.writePod(pod, host.folder);
for (const { args, ...spec } of await agentSpecs(families, { ...surroundings, writePod })) {
  const nodeFlags = appNodeFlags(spec.name);
  await start({ ...spec, node: agentNode, nodeFlags, bundle: bundleApp(spec.name), args: () => args });
}
await start({
  name: 'reference',
  node: nodeBinary('reference-node'),
  nodeFlags: appNodeFlags('cxi-metrics-exporter'),
  bundle: await bundleReference(folder),
  port: 9999,
  args: (address) => [cluster.kubeconfig, address, '9999'],
  env: {},
});
const offered = (): boolean =>
  [...kubelet.plugins.value.values()].some(({ devices }) => (devices.value ?? []).length > 0);
await waitUntil('device plugins to register', offered, { clock: systemClock });

const cpu = await underLoad({
  processes,
  families,
  host,
  kubelet,
  seconds,
  scrapesPerSecond,
  idle: values.idle,
});
const measured = processes.map((each, i) => each.measured(cpu[i] ?? 0));
const reference = measured.pop();
if (reference === undefined) throw new Error('nothing was measured');
const busy = `changes and ${scrapesPerSecond} scrapes/s each`;
const load = loadavg()[0]?.toFixed(1);
console.log(`8 NICs, ${seconds} s of ${values.idle ? 'quiet' : busy}; load of the machine ${load}\n`);
console.log(report(measured, reference));
const broken = measured.flatMap(breaches);
for (const line of broken) console.log(`LIMIT: ${line}`);
if (broken.length === 0) console.log('all limits held');
process.exitCode = broken.length === 0 ? 0 : 1;
