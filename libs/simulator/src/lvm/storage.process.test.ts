import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostFiles, SystemProcessRunner } from '@rackwright/host';
import {
  HostTools,
  hostMounts,
  Lvm,
  listSignatures,
  makeFileSystem,
  mount,
  mountAt,
  NvmeCli,
  probeSignatures,
  unmount,
} from '@rackwright/storage';
import { faults } from '../faults/index.ts';
import { waitFor } from '../kubelet/testing/wait-for.ts';
import { SimulatedHost } from '../simulated-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'rw-storage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let host: SimulatedHost;
let tools: HostTools;
let lvm: Lvm;
let count = 0;

beforeEach(async () => {
  host = await SimulatedHost.create(join(folder, String(count++)), {
    commands: true,
    nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }],
  });
  const runner = new SystemProcessRunner(systemClock);
  tools = new HostTools({ runner, root: host.root, entry: 'tree' });
  lvm = new Lvm(tools);
  mkdirSync(host.root.path('/mnt/nvme0'), { recursive: true });
});

const uuids = ['abcdef-0123-4567-89ab-cdef-0123-456789', 'abcdef-0123-4567-89ab-cdef-0123-456788'];
const disks = ['/dev/nvme0n1', '/dev/nvme1n1'];
const fsUuid = '11111111-2222-3333-4444-555555555555';
const volume = '/dev/vg_aidaptiv/cache';
const refusal = 'Refusing activation of partial LV vg_aidaptiv/cache.';

async function makeCache(): Promise<void> {
  for (const [i, device] of disks.entries()) await lvm.createPv({ device, uuid: uuids[i] ?? '' });
  await lvm.createVg({ name: 'vg_aidaptiv', devices: disks, tags: ['ai100.managed'] });
  const layout = { stripes: 2, stripeKiB: 128 };
  await lvm.createLv({
    vg: 'vg_aidaptiv',
    name: 'cache',
    ...layout,
    tags: ['ai100.managed', 'ai100.formatting'],
  });
  await makeFileSystem(tools, { device: volume, type: 'xfs', uuid: fsUuid, geometry: layout });
}

const mountCache = (target = '/mnt/nvme0'): Promise<void> =>
  mount(tools, { source: volume, target, type: 'xfs', options: ['noatime', 'nosuid', 'nodev'] });

/** Recorded of lvm2 2.03.16 in a virtual machine. */
function recorded(name: string): string {
  return readFileSync(new URL(`./testdata/fullreport-${name}.json`, import.meta.url), 'utf8');
}

/** Without what was chosen at random, times, names of machines, numbers of minors and room for metadata. */
function comparable(text: string): string {
  return text
    .replaceAll(/"(\w*uuid|lv_time|lv_host|lv_kernel_major|pv_(major|minor)|\w+_mda_free)":"[^"]*"/g, '')
    .replaceAll(/^.*"pvseg_.*\n/gm, '');
}

describe('a striped cache on two drives', () => {
  test('has the geometry of the specification and is mounted as the kernel shows it', async () => {
    await makeCache();
    const { pvs, vgs, lvs } = await lvm.report();
    expect(pvs.map(({ name, uuid, vg, missing }) => ({ name, uuid, vg, missing }))).toEqual(
      disks.map((name, i) => ({ name, uuid: uuids[i], vg: 'vg_aidaptiv', missing: false })),
    );
    expect(vgs).toMatchObject([
      { name: 'vg_aidaptiv', tags: ['ai100.managed'], freeBytes: 0n, missingPvs: 0 },
    ]);
    expect(lvs).toMatchObject([
      {
        ...{ name: 'cache', path: volume, sizeBytes: 4_000_795_590_656n, stripes: 2, stripeBytes: 131_072n },
        ...{ active: true, partial: false, health: '', devices: disks, device: '253:0' },
        tags: ['ai100.formatting', 'ai100.managed'],
      },
    ]);
    await mountCache();
    const found = mountAt(hostMounts(new HostFiles(host.root)), '/mnt/nvme0');
    expect(found).toMatchObject({ source: '/dev/mapper/vg_aidaptiv-cache', fsType: 'xfs' });
    expect(readFileSync(host.root.path('/proc/1/mountinfo'), 'utf8')).toMatch(/ 253:0 \/ \/mnt\/nvme0 /);
    const files = new HostFiles(host.root);
    expect(files.readTrimmed('/sys/block/dm-0/dm/name')).toBe('vg_aidaptiv-cache');
    expect(files.list('/sys/block/dm-0/slaves')).toEqual(['nvme0n1', 'nvme1n1']);
    expect(files.list('/sys/block/nvme0n1/holders')).toEqual(['dm-0']);
    expect(await probeSignatures(tools, volume)).toEqual({ kind: 'found', type: 'xfs', uuid: fsUuid });
    expect(await probeSignatures(tools, '/dev/nvme0n1')).toEqual({
      kind: 'found',
      type: 'LVM2_member',
      uuid: uuids[0],
    });
    expect(await listSignatures(tools, '/dev/nvme1n1')).toEqual([{ type: 'LVM2_member', offset: '0x218' }]);
  });

  test('swaps its tags in one transaction, and nothing that is in use is changed', async () => {
    await makeCache();
    const change = { add: ['ai100.ready'], remove: ['ai100.formatting'] };
    await lvm.changeLvTags({ vg: 'vg_aidaptiv', name: 'cache' }, change);
    expect((await lvm.report()).lvs[0]?.tags).toEqual(['ai100.managed', 'ai100.ready']);
    await mountCache();
    await expect(lvm.deactivate('vg_aidaptiv')).rejects.toThrow('with 1 open logical volume(s)');
    await expect(
      makeFileSystem(tools, { device: volume, type: 'xfs', uuid: fsUuid, replace: true }),
    ).rejects.toThrow();
    await expect(lvm.createPv({ device: '/dev/nvme0n1', uuid: uuids[0] ?? '' })).rejects.toThrow(
      'physical volume not initialized',
    );
    await unmount(tools, '/mnt/nvme0');
    await lvm.deactivate('vg_aidaptiv');
    expect((await lvm.report()).lvs).toMatchObject([{ active: false }]);
    expect(existsSync(host.root.path(volume))).toBe(false);
    expect(new HostFiles(host.root).list('/sys/block/nvme0n1/holders')).toEqual([]);
    await expect(
      makeFileSystem(tools, { device: disks[0] ?? '', type: 'xfs', uuid: fsUuid }),
    ).rejects.toThrow('is not made anew: there is LVM2_member on it');
  });

  test('is active again after a reboot, whatever numbers the drives have, with what was in it', async () => {
    await makeCache();
    await mountCache();
    writeFileSync(host.root.path('/mnt/nvme0/sentinel'), 'kept');
    await faults.nvmeRenumbered(host).apply();
    const { lvs, pvs } = await lvm.report();
    expect(lvs).toMatchObject([{ active: true, partial: false, devices: disks.toReversed() }]);
    expect(pvs.map(({ name, uuid }) => [name, uuid])).toEqual([
      [disks[0], uuids[1]],
      [disks[1], uuids[0]],
    ]);
    expect(mountAt(hostMounts(new HostFiles(host.root)), '/mnt/nvme0')).toBeUndefined();
    await mountCache();
    expect(readFileSync(host.root.path('/mnt/nvme0/sentinel'), 'utf8')).toBe('kept');
  });

  test('is partial while a drive is gone, is not activated then, and is whole when it is back', async () => {
    await makeCache();
    const gone = faults.nvmeGone(host, { drive: 'nvme1' });
    await gone.apply();
    const { pvs, vgs, lvs } = await lvm.report();
    expect(vgs).toMatchObject([{ missingPvs: 1 }]);
    expect(pvs.map(({ name, missing }) => [name, missing])).toEqual([
      ['/dev/nvme0n1', false],
      ['[unknown]', true],
    ]);
    expect(lvs).toMatchObject([
      { partial: true, health: 'partial', active: true, devices: ['/dev/nvme0n1', '[unknown]'] },
    ]);
    await expect(lvm.activate('vg_aidaptiv')).rejects.toThrow(refusal);
    expect((await lvm.report()).lvs).toMatchObject([{ active: true }]);
    await lvm.deactivate('vg_aidaptiv');
    await expect(lvm.activate('vg_aidaptiv')).rejects.toThrow(refusal);
    await gone.revert?.();
    await lvm.activate('vg_aidaptiv');
    expect((await lvm.report()).lvs).toMatchObject([{ partial: false, active: true, devices: disks }]);
  });

  test('is reported as the real LVM reports it, while it is whole and while it is not', async () => {
    host = await SimulatedHost.create(join(folder, String(count++)), {
      commands: true,
      nvme: [1, 2].map(() => ({
        namespaces: [{ sectors: 3_906_250, physicalBlockBytes: 512 }],
      })),
    });
    tools = new HostTools({ runner: new SystemProcessRunner(systemClock), root: host.root, entry: 'tree' });
    mkdirSync(host.root.path('/mnt/nvme0'), { recursive: true });
    const run = (...words: [string, ...string[]]): Promise<string> => tools.expect(words);
    await run('lvm', 'pvcreate', '--norestorefile', '--uuid', uuids[0] ?? '', disks[0] ?? '');
    await run('lvm', 'vgcreate', '--addtag', 'ai100.managed', 'vg_aidaptiv', ...disks);
    const layout = ['--extents', '100%FREE', '--stripes', '2', '--stripesize', '128k'];
    await run('lvm', 'lvcreate', '--name', 'cache', ...layout, '--addtag', 'ai100.formatting', 'vg_aidaptiv');
    await run('mkfs.xfs', '-m', `crc=1,uuid=${fsUuid}`, '-d', 'su=128k,sw=2', volume);
    await mountCache();
    expect(readFileSync(host.root.path('/proc/1/mountinfo'), 'utf8')).toContain(
      ' / /mnt/nvme0 rw,nosuid,nodev,noatime shared:2 - xfs /dev/mapper/vg_aidaptiv-cache ' +
        'rw,attr2,inode64,logbufs=8,logbsize=128k,sunit=256,swidth=512,noquota\n',
    );
    const report = ['lvm', 'fullreport', '--units', 'b', '--nosuffix', '--reportformat', 'json'] as const;
    expect(comparable(await run(...report))).toBe(comparable(recorded('active')));
    await run('umount', '/mnt/nvme0');
    await faults.nvmeGone(host, { drive: 'nvme1' }).apply();
    expect(comparable(await run(...report))).toBe(comparable(recorded('partial')));
  });

  test('is left as it was after each step when a program is killed there', async () => {
    for (const [i, device] of disks.entries()) await lvm.createPv({ device, uuid: uuids[i] ?? '' });
    await lvm.createVg({ name: 'vg_aidaptiv', devices: disks, tags: [] });
    await faults
      .commandKilled(host, { command: 'lvm', words: ['lvcreate'], afterSteps: 0, times: 1 })
      .apply();
    const spec = { vg: 'vg_aidaptiv', name: 'cache', stripes: 2, stripeKiB: 128, tags: [] };
    await expect(lvm.createLv(spec)).rejects.toThrow('was ended by SIGKILL');
    expect((await lvm.report()).lvs).toEqual([]);
    await faults
      .commandKilled(host, { command: 'lvm', words: ['lvcreate'], afterSteps: 1, times: 1 })
      .apply();
    await expect(lvm.createLv(spec)).rejects.toThrow('was ended by SIGKILL');
    expect((await lvm.report()).lvs).toMatchObject([{ name: 'cache', active: false }]);
  });
});

test('disks that hold something are refused by name and not changed', async () => {
  const [device = '', other = ''] = disks;
  await makeFileSystem(tools, { device, type: 'ext4', uuid: fsUuid });
  const start = (): Buffer => readFileSync(host.root.path('/.simulator/nvme/nvme0/log-02'));
  const before = start();
  await expect(lvm.createPv({ device, uuid: uuids[0] ?? '' })).rejects.toThrow(
    '1 existing signature left on the device',
  );
  await expect(makeFileSystem(tools, { device, type: 'xfs', uuid: fsUuid })).rejects.toThrow(
    'is not made anew: there is ext4 on it',
  );
  expect(await probeSignatures(tools, device)).toEqual({ kind: 'found', type: 'ext4', uuid: fsUuid });
  expect(await probeSignatures(tools, other)).toEqual({ kind: 'nothing' });
  expect(await probeSignatures(tools, '/dev/none')).toEqual({ kind: 'nothing' });
  expect(await listSignatures(tools, other)).toEqual([]);
  await expect(lvm.createPv({ device: '/dev/none', uuid: uuids[0] ?? '' })).rejects.toThrow(
    'No device found for /dev/none.',
  );
  expect(start()).toEqual(before);
});

describe('nvme', () => {
  test('prints the SMART log of the drive with its counters exact', async () => {
    host.hardware.nvme.update('nvme1', ({ smart }) => ({
      smart: { ...smart, dataUnitsWritten: '9007199254740993' },
    }));
    const nvme = new NvmeCli(tools);
    const log = JSON.parse(await nvme.smartLog('nvme1')) as Record<string, unknown>;
    expect(log).toMatchObject({
      data_units_written: '9007199254740993',
      temperature: 318,
      temperature_sensor_1: 321,
    });
    expect(JSON.parse(await nvme.idController('nvme1'))).toMatchObject({
      sn: 'SECOND'.padEnd(20),
      vid: 6535,
      wctemp: 343,
      cctemp: 358,
    });
    expect(await nvme.version()).toBe('2.3');
  });

  test('does not answer for a stuck drive until somebody resets it', async () => {
    const nvme = new NvmeCli(tools, { deadlineMs: 300 });
    await faults.nvmeStuck(host, { drive: 'nvme0' }).apply();
    await expect(nvme.smartLog('nvme0')).rejects.toMatchObject({ code: 'DeadlineExceeded' });
    await waitFor(() => nvme.reset('nvme0'));
    expect(JSON.parse(await new NvmeCli(tools).smartLog('nvme0'))).toMatchObject({ critical_warning: 0 });
  });

  test('is not let in to a drive that is not live', async () => {
    await faults.nvmeDead(host, { drive: 'nvme1' }).apply();
    await expect(new NvmeCli(tools).smartLog('nvme1')).rejects.toThrow('Resource temporarily unavailable');
    await expect(new NvmeCli(tools).reset('nvme1')).rejects.toThrow('Resource temporarily unavailable');
    await expect(new NvmeCli(tools).smartLog('nvme9')).rejects.toThrow('No such file or directory');
  });
});
