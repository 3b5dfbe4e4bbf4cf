import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aidaptivCacheNodes } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { ai100 } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import { faults } from '@rackwright/simulator';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { PluginCluster } from './testing/plugin-cluster.ts';
import { PluginRun } from './testing/plugin-run.ts';

const node = 'n1';
const serial = 'AI1E2T0240000002';
const [first, second] = ['ai100-ai1e2t0240000001', 'ai100-ai1e2t0240000002'];
const args = [
  `--node-name=${node}`,
  ...['--cache-layout=PerDevice', '--recovery-mode=Off', '--clean-time=1s'],
  ...['--health-poll=5s', '--health-command-timeout=2s'],
];

let cluster: PluginCluster;
let run: PluginRun;
beforeAll(async () => {
  cluster = await PluginCluster.start();
  run = await PluginRun.start({ host: { nvme: [{}, {}] }, args, cluster: await cluster.pod(node) });
}, 120_000);
afterAll(async () => {
  await run?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
}, 60_000);

/** Waits until the condition about tools has this reason; gives what it says. */
function untilTools(reason: string): Promise<string> {
  const look = async (): Promise<string> => {
    const { status } = await cluster.admin.get(aidaptivCacheNodes, { name: node });
    const condition = status?.conditions?.find(({ type }) => type === ai100.condition.toolsAvailable);
    if (condition?.reason !== reason) throw new Error(JSON.stringify(status));
    return condition.message ?? '';
  };
  return waitUntil(`tools to be ${reason}`, look, { clock: systemClock });
}

/** Waits for an event of the node with this reason that has all these words. */
function untilEvent(reason: string, ...words: string[]): Promise<true> {
  const look = async (): Promise<true> => {
    const { items } = await cluster.admin.list(resources.events, { namespace: 'default' });
    const notes = items.filter((one) => one.reason === reason && one.regarding?.name === node);
    if (notes.some(({ note }) => words.every((word) => note?.includes(word)))) return true;
    throw new Error(JSON.stringify(items.map(({ note }) => note)));
  };
  return waitUntil(`event ${reason}`, look, { clock: systemClock });
}

/** Waits until the kubelet knows the units as these. */
async function untilUnits(...expected: string[]): Promise<void> {
  await run.kubelet.devices(ai100.resource, (devices) => {
    return devices.map(({ health }) => health).join() === expected.join();
  });
}

/** A fault that ends with the test, however that ends. */
async function applied(fault: ReturnType<typeof faults.commandHangs>): Promise<AsyncDisposable> {
  await fault.apply();
  return { [Symbol.asyncDispose]: async () => fault.revert?.() };
}

const looksAt = (controller: string): number =>
  run.host.commands.journal().filter(({ args: words }) => words.includes(`/dev/${controller}`)).length;

test('a tool that never ends at one drive is named with it by a condition and an event; the other drive is served on', async () => {
  await untilUnits('Healthy', 'Healthy');
  await untilTools('Available');
  const hangs = faults.commandHangs(run.host, {
    ...{ command: 'nvme', words: ['/dev/nvme1'], ignoresTerm: true },
  });
  await using _over = await applied(hangs);
  const [before, others] = [looksAt('nvme1'), looksAt('nvme0')];
  const said = await untilTools('ToolHangs');
  expect(said).toContain(`drive ${serial}: `);
  expect(said).toContain('nvme smart-log /dev/nvme1 did not end in time');
  await untilEvent(ai100.event.unhealthy, `drive ${serial}: `, 'nvme');
  await untilUnits('Healthy', 'Unhealthy');
  // It was asked for its log all the time, and its unit is given out.
  expect(looksAt('nvme0') - others).toBeGreaterThanOrEqual(3);
  expect(looksAt('nvme1')).toBeGreaterThan(before);
  expect((await run.kubelet.allocate(ai100.resource, [first as string])).containerResponses).toHaveLength(1);
  await expect(run.kubelet.allocate(ai100.resource, [second as string])).rejects.toThrow(serial);
  await hangs.revert?.();
  expect(await untilTools('Available')).toBe('no program of the host is missing');
  await untilUnits('Healthy', 'Healthy');
  await untilEvent(ai100.event.recovered, `drive ${serial} is Healthy again`);
}, 120_000);

/** LVM is given up after half a minute. */
if (process.env.RACKWRIGHT_LONG_TESTS === '1')
  test('LVM that never ends is named, and what is mounted is served on', async () => {
    await untilUnits('Healthy', 'Healthy');
    const hangs = faults.commandHangs(run.host, { command: 'lvm', ignoresTerm: true });
    await using _over = await applied(hangs);
    expect(await untilTools('ToolHangs')).toContain('lvm fullreport did not end in time');
    await untilEvent(ai100.event.cacheFailed, 'lvm fullreport did not end in time');
    await untilUnits('Healthy', 'Healthy');
    await hangs.revert?.();
    await untilTools('Available');
  }, 180_000);
