import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, systemClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { canMountFuse, faults, SimulatedHost } from '@rackwright/simulator';
import { StatsWatch } from './stats-watch.ts';

let folder: string;
let host: SimulatedHost;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-stats-'));
  host = await SimulatedHost.create(folder, { nics: [{ generation: 1 }, { generation: 1 }], cxiRh: false });
});
afterEach(() => rm(folder, { recursive: true }));

function watch(): StatsWatch {
  const devices = (): readonly string[] => host.hardware.cxi.nics();
  const files = new HostFiles(host.root);
  return new StatsWatch({ files, clock: systemClock, devices, intervalMs: 30_000, stallMs: 100 });
}

async function write(device: string, files: Record<string, string>): Promise<void> {
  const path = host.root.path(host.root.run('cxi', device));
  await mkdir(join(path, 'config'), { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
}

test('counters and configuration of each NIC are read, zeros included', async () => {
  await write('cxi0', {
    spt_timeouts: '0\n',
    nacks: '12\n',
    'config/config_file_path': '/etc/cxi_rh.conf\n',
  });
  const stats = watch();
  await stats.look();
  expect([...stats.stats.value]).toEqual([
    ['cxi0', { timeouts: 0, nacks: 12, configFile: '/etc/cxi_rh.conf' }],
  ]);
});

test('what makes no sense is left out', async () => {
  await write('cxi0', { spt_timeouts: '-1\n', nacks: 'many', 'config/config_file_path': '\n' });
  await write('cxi1', { spt_timeouts: '1'.repeat(2000), nacks: '7' });
  const stats = watch();
  await stats.look();
  expect([...stats.stats.value]).toEqual([['cxi1', { nacks: 7 }]]);
});

test('statistics go with the handler', async () => {
  await write('cxi0', { nacks: '7' });
  const stats = watch();
  await stats.look();
  await rm(host.root.path(host.root.run('cxi', 'cxi0')), { recursive: true });
  await stats.look();
  expect([...stats.stats.value]).toEqual([]);
});

test('it reads again each interval until it is told to stop', async () => {
  await using lifetime = new Lifetime();
  await write('cxi0', { nacks: '1' });
  const devices = (): readonly string[] => ['cxi0'];
  const files = new HostFiles(host.root);
  const stats = new StatsWatch({ files, clock: systemClock, devices, intervalMs: 5 });
  lifetime.spawn('stats', (signal) => stats.start(signal));
  await stats.stats.until((all) => all.get('cxi0')?.nacks === 1);
  await write('cxi0', { nacks: '2' });
  await stats.stats.until((all) => all.get('cxi0')?.nacks === 2);
});

(canMountFuse() ? test : test.skip)(
  'a mount that hangs keeps its last answer for some looks and holds up nobody (needs root and /dev/fuse)',
  async () => {
    const stats = watch();
    await write('cxi0', { nacks: '3' });
    await write('cxi1', { nacks: '5' });
    await stats.look();
    const hang = faults.statsHang(host, { nic: 'cxi0' });
    await hang.apply();
    try {
      await write('cxi1', { nacks: '6' });
      await stats.look();
      await stats.look();
      expect([...stats.stats.value]).toEqual([
        ['cxi0', { nacks: 3 }],
        ['cxi1', { nacks: 6 }],
      ]);
      for (let i = 0; i < 3; i += 1) await stats.look();
      expect([...stats.stats.value]).toEqual([['cxi1', { nacks: 6 }]]);
    } finally {
      await hang.revert?.();
    }
  },
);
