/**
 * What the driver, its registrar and the operator weigh beside the sidecars of a node, the
 * real external-provisioner and external-resizer, in one run: a deployment in mode fake on a
 * simulated cluster, of which pods take volumes that then grow. After that nothing happens for a
 * while, in which none of them may start a process. Ends with 1 if one does.
 *
 * Options: --volumes=50 --idle=60 (seconds)
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock as clock } from '@rackwright/core';
import { resources } from '@rackwright/kube';
import { waitUntil } from '@rackwright/testbed';
import { endedChildren } from '../../agents/src/children.ts';
import { settled } from '../../agents/src/measured.ts';
import { type Memory, memoryOf } from '../../agents/src/memory.ts';
import { claims, storageClass, users } from './objects.ts';
import { measured, SidecarCluster } from './sidecar-cluster.ts';

const { values } = parseArgs({
  options: { volumes: { type: 'string', default: '50' }, idle: { type: 'string', default: '60' } },
});
const volumes = Number(values.volumes);
const idleSeconds = Number(values.idle);
const [first, grown] = ['8Mi', '16Mi'];

await using cluster = await SidecarCluster.start();

/** Waits until so many claims have this size. */
async function untilClaimsHave(storage: string): Promise<void> {
  const there = async (): Promise<boolean> => {
    const { items } = await cluster.kube.list(resources.persistentVolumeClaims, { namespace: 'default' });
    return items.filter(({ status }) => status?.capacity?.storage === storage).length === volumes;
  };
  await waitUntil(`${volumes} claims of ${storage}`, there, { clock, deadlineMs: 300_000 });
}

async function untilPodsRun(): Promise<void> {
  const run = async (): Promise<boolean> => {
    const { items } = await cluster.kube.list(resources.pods, { namespace: 'default' });
    return items.every(({ status }) => status?.phase === 'Running');
  };
  await waitUntil('the pods to run', run, { clock, deadlineMs: 300_000 });
}

const samples: Memory[][] = measured.map(() => []);
const pids = cluster.pids();

/** Looks at the memory of all once a second until the work is done. */
async function sampled(work: Promise<void>): Promise<void> {
  let over = false;
  const watch = async (): Promise<void> => {
    for (; !over; await clock.sleep(1000)) {
      for (const [i, pid] of pids.entries()) samples[i]?.push(memoryOf(pid));
    }
  };
  await Promise.all([work.finally(() => (over = true)), watch()]);
}

const start = clock.monotonic();
await cluster.apply([storageClass, ...claims(volumes, first), ...users(volumes)]);
await sampled(untilClaimsHave(first).then(untilPodsRun));
await cluster.apply(claims(volumes, grown));
await sampled(untilClaimsHave(grown));
const busySeconds = (clock.monotonic() - start) / 1000;
const before = pids.map(endedChildren);
await sampled(clock.sleep(idleSeconds * 1000));
const hasStarted = pids.map((pid, i) => endedChildren(pid) !== before[i]);

const rows = measured.map(({ name }, i) => {
  const { anon, pss } = settled(samples[i] ?? []);
  const highest = Math.max(...(samples[i] ?? []).map((one) => one.anon));
  return { name, anon, highest, pss, started: hasStarted[i] ? 'some' : 'none' };
});
const mib = (value: number): string => value.toFixed(1);
console.log(
  `${volumes} volumes made, used and grown in ${busySeconds.toFixed(0)} s, then idle for ${idleSeconds} s; load ${loadavg()[0]?.toFixed(1)}\n`,
);
console.log('| process, MiB | anonymous | highest | proportional | processes started while idle |');
console.log('|---|---|---|---|---|');
for (const { name, anon, highest, pss, started } of rows)
  console.log(`| ${name} | ${mib(anon)} | ${mib(highest)} | ${mib(pss)} | ${started} |`);

const reference = rows.find(({ name }) => name === 'external-provisioner');
if (reference === undefined) throw new Error('no external-provisioner');
console.log('\n| beside external-provisioner | anonymous | proportional |\n|---|---|---|');
for (const { name, anon, pss } of rows.filter((row) => row !== reference))
  console.log(`| ${name} | ${(anon / reference.anon).toFixed(2)} | ${(pss / reference.pss).toFixed(2)} |`);
process.exitCode = hasStarted.some(Boolean) ? 1 : 0;
