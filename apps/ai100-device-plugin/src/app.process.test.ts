import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { agentSnapshotFile, parseAgentSnapshot } from '@rackwright/hardware-nvme';
import { faults } from '@rackwright/simulator';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { PluginRun } from './testing/plugin-run.ts';

const resource = 'phison.com/ai100';
const [first, second] = ['ai100-ai1e2t0240000001', 'ai100-ai1e2t0240000002'];

let run: PluginRun | undefined;
afterEach(async () => {
  await run?.[Symbol.asyncDispose]();
  run = undefined;
});

const healthOf = (devices: readonly { ID: string; health: string }[]) =>
  devices.map(({ ID, health }) => [ID, health]);

test('two empty drives become one striped cache of two units, which a container gets mounted', async () => {
  run = await PluginRun.start({ host: { nvme: [{ numaNode: 0 }, { numaNode: 1 }] } });
  const { kubelet, host } = run;
  const devices = await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  const topology = { nodes: [{ ID: 0 }, { ID: 1 }] };
  expect(devices).toEqual([first, second].map((ID) => ({ ID, health: 'Healthy', topology })));
  expect(await kubelet.options(resource)).toEqual({
    preStartRequired: true,
    getPreferredAllocationAvailable: true,
  });
  const { containerResponses } = await kubelet.allocate(resource, [first as string, second as string]);
  expect(containerResponses).toEqual([
    {
      envs: {
        AI100_CACHE_PATH: '/mnt/nvme0',
        NVME_PATH: '/mnt/nvme0',
        AI100_UNITS: '2',
        AI100_UNIT_IDS: `${first},${second}`,
        AI100_CACHE_BYTES: '4000795590656',
        AI100_CACHE_LAYOUT: 'Striped',
      },
      mounts: [{ containerPath: '/mnt/nvme0', hostPath: `${host.folder}/mnt/nvme0`, readOnly: false }],
      devices: [],
      annotations: {},
      cdiDevices: [],
    },
  ]);
}, 60_000);

test('a drive that is pulled out makes every unit of the striped cache unhealthy', async () => {
  run = await PluginRun.start({ host: { nvme: [{}, {}] } });
  const { kubelet, host } = run;
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  host.hardware.nvme.unplug('nvme1');
  const devices = await kubelet.devices(resource, (list) =>
    list.every(({ health }) => health === 'Unhealthy'),
  );
  expect(healthOf(devices)).toEqual([
    [first, 'Unhealthy'],
    [second, 'Unhealthy'],
  ]);
  await expect(kubelet.allocate(resource, [first as string])).rejects.toThrow(/AI1E2T0240000002/);
}, 60_000);

test('a drive that was dead is offered again after three clean looks; the exporter reads what happened', async () => {
  run = await PluginRun.start({ host: { nvme: [{}, {}] }, args: ['--clean-time=1s'] });
  const { kubelet, host } = run;
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  host.hardware.nvme.setState('nvme1', 'dead');
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Unhealthy'));
  host.hardware.nvme.setState('nvme1', 'live');
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  const snapshot = parseAgentSnapshot(readFileSync(host.root.path(agentSnapshotFile), 'utf8'));
  if (!snapshot.ok) throw snapshot.error;
  expect(snapshot.value.transitions.map(({ from, to }) => `${from} ${to}`)).toContain('Healthy Unhealthy');
  expect(snapshot.value.units).toMatchObject({ capacity: 2, allocated: 0 });
  expect(snapshot.value.caches[0]).toMatchObject({ state: 'Ready', mount: { path: '/mnt/nvme0' } });
}, 120_000);

test('with DirectoryQuota each container gets a folder that holds as much as its units stand for', async () => {
  run = await PluginRun.start({ host: { nvme: [{}, {}] }, args: ['--isolation=DirectoryQuota'] });
  const { kubelet, host } = run;
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  for (const units of [[first], [second, first]]) {
    const { containerResponses } = await kubelet.allocate(resource, units as string[]);
    const folder = `/mnt/nvme0/.units/${first}`;
    expect(containerResponses[0]?.mounts).toMatchObject([{ hostPath: `${host.folder}${folder}` }]);
    const commands = host.commands.journal().map(({ command, args }) => [command, ...args].join(' '));
    const limit = commands.findLast((line) => line.includes('limit -p'));
    const [, kib, project = ''] = /bhard=(\d+)k (\d+)/.exec(limit ?? '') ?? [];
    expect(BigInt(kib ?? 0) * 1024n).toBe((4_000_795_590_656n / 2n) * BigInt(units.length));
    expect(commands.findLast((line) => line.startsWith('xfs_io'))).toContain(`chproj ${project}`);
    writeFileSync(host.root.path(`${folder}/left-behind`), 'of the container before');
  }
}, 60_000);

test('each container gets a folder of its own by its CDI name, empty at first, and the drives to read', async () => {
  const args = ['--isolation=Directory', '--injection=CDI', '--pass-block-devices'];
  run = await PluginRun.start({ host: { nvme: [{}, {}] }, args });
  const { kubelet, host } = run;
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  const folder = `/mnt/nvme0/.units/${first}`;
  for (const file of ['left-behind', 'left-behind']) {
    const { containerResponses } = await kubelet.allocate(resource, [second as string, first as string]);
    expect(containerResponses[0]).toMatchObject({
      mounts: [],
      cdiDevices: [{ name: `phison.com/ai100=${first}` }],
      devices: ['nvme0', 'nvme0n1', 'nvme1', 'nvme1n1'].map((name) => ({
        hostPath: `${host.folder}/dev/${name}`,
        containerPath: `/dev/${name}`,
        permissions: 'r',
      })),
    });
    expect(readdirSync(host.root.path(folder))).toEqual([]);
    writeFileSync(host.root.path(`${folder}/${file}`), 'of the container before');
  }
  expect(readFileSync(run.cdiFile, 'utf8')).toContain(`hostPath: ${host.folder}${folder}`);
}, 60_000);

test('while LVM hangs a drive that dies is told of before LVM is given up, and the other is served on', async () => {
  run = await PluginRun.start({ host: { nvme: [{}, {}] }, args: ['--cache-layout=PerDevice'] });
  const { kubelet, host, metrics } = run;
  await kubelet.devices(resource, (list) => list.every(({ health }) => health === 'Healthy'));
  const isGivenUp = async (): Promise<boolean> => {
    const text = await metrics.metrics();
    return /^ai100_device_plugin_cache_failures_total\{step="observe",code="DeadlineExceeded"/m.test(text);
  };
  await faults.commandHangs(host, { command: 'lvm' }).apply();
  const before = host.commands.journal().length;
  const hangs = (): boolean =>
    host.commands
      .journal()
      .slice(before)
      .some(({ command }) => command === 'lvm');
  await waitUntil('lvm to be started', hangs, { clock: systemClock });
  host.hardware.nvme.setState('nvme1', 'deleting (no IO)');
  const devices = await kubelet.devices(resource, (list) =>
    list.some(({ health }) => health === 'Unhealthy'),
  );
  expect(healthOf(devices)).toEqual([
    [first, 'Healthy'],
    [second, 'Unhealthy'],
  ]);
  expect(await isGivenUp()).toBe(false);
  if (process.env.RACKWRIGHT_LONG_TESTS !== '1') return;
  await waitUntil('lvm to be given up', isGivenUp, { clock: systemClock });
  expect(await metrics.metrics()).toContain('ai100_device_plugin_units_healthy 1');
}, 120_000);
