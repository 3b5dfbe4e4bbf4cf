/**
 * A process for the cluster's test to kill: starts a cluster with one pod,
 * prints the cluster's folder and the pid of the pod, and stays.
 */
import { dirname } from 'node:path';
import { systemClock } from '@rackwright/core';
import { ProgramResolver } from './programs/resolver.ts';
import { SimulatedCluster } from './simulated-cluster.ts';
import { waitUntil } from './wait-until.ts';

const clock = systemClock;
const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
await using cluster = await SimulatedCluster.start({
  ...{ programs, clock, requiredApps: [] },
  nodes: [{ name: 'n1', host: { nics: [{ generation: 2 }] } }],
});
const script = 'trap "" TERM INT HUP; sleep 1000 & wait';
await cluster.controlPlane.kubectl(
  'run',
  'p',
  '--image=rackwright/workload',
  '--command',
  '--',
  'sh',
  '-c',
  script,
);
const { kubelet, host } = cluster.node('n1');
const pid = await waitUntil(
  'the pod to run',
  () => kubelet.runtime.list().map((record) => kubelet.runtime.pid(record.id))[0],
  { clock },
);
process.stdout.write(`${dirname(host.folder)} ${pid}\n`);
await clock.sleep(600_000, stop.signal).catch(() => undefined);
