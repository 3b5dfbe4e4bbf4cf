import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import { makeFileSystem, mountAt } from '@rackwright/storage';
import { NodeLock } from './lock.ts';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };
const uuid = '11111111-2222-3333-4444-555555555555';
const pvUuid = (n: number): string => `aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa${n}`;

test('a cache that the scripts of the vendor made is taken over with what is in it', async () => {
  const node = await CacheHost.make(two);
  const devices = ['/dev/nvme0n1', '/dev/nvme1n1'];
  for (const [i, device] of devices.entries()) await node.lvm.createPv({ device, uuid: pvUuid(i) });
  await node.lvm.createVg({ name: 'ai', devices, tags: [] });
  await node.lvm.createLv({ vg: 'ai', name: 'ai', stripes: 2, stripeKiB: 128, tags: [] });
  await makeFileSystem(node.tools, { device: '/dev/ai/ai', type: 'xfs', uuid });
  const before = node.changes().length;
  node.restart({ adopt: false });
  expect(await node.reconcile()).toMatchObject({ state: 'Blocked', blockers: [{ gate: 2 }, { gate: 2 }] });
  node.restart({ adopt: true });
  expect(await node.reconcile()).toMatchObject({
    state: 'Ready',
    volumes: [{ vg: 'ai', lv: 'ai', fsUuid: uuid, members: ['FIRST', 'SECOND'], hostPath: '/mnt/nvme0' }],
  });
  expect(node.changes().slice(before)).toEqual([
    expect.stringMatching(
      /^lvm lvchange --addtag ai100.managed --addtag ai100.ready --addtag ai100.fs=xfs\/1111/,
    ),
    'lvm vgchange --addtag ai100.managed ai',
    'mount -t xfs -o noatime,nosuid,nodev /dev/ai/ai /mnt/nvme0',
  ]);
});

describe('a cache that is there', () => {
  test('is lost without one of its drives, whatever else is plugged in, and is back with it', async () => {
    const node = await CacheHost.make(two);
    await node.reconcile();
    writeFileSync(node.host.root.path('/mnt/nvme0/model.bin'), 'weights');
    const before = node.changes();
    const gone = faults.nvmeGone(node.host, { drive: 'nvme1' });
    await gone.apply();
    expect(await node.reconcile()).toMatchObject({
      state: 'Lost',
      volumes: [{ state: 'Lost', members: ['FIRST', 'SECOND'], missingPvs: 1 }],
    });
    expect(node.changes()).toEqual(before);
    await gone.revert?.();
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
    expect(node.changes().filter((line) => /mkfs|create/.test(line))).toEqual(
      before.filter((line) => /mkfs|create/.test(line)),
    );
  });

  test('is made to appear again on a drive that is back under another name, once no container holds it', async () => {
    const node = await CacheHost.make(two);
    await node.reconcile();
    writeFileSync(node.host.root.path('/mnt/nvme0/model.bin'), 'weights');
    const gone = faults.nvmeGone(node.host, { drive: 'nvme1' });
    await gone.apply();
    node.host.hardware.nvme.plug({ serial: 'OTHER', model: 'SAMSUNG MZVL2512', vendor: 0x144d });
    await gone.revert?.();
    const before = node.changes().length;
    expect((await node.reconcile({ allocatedUnits: 'unknown' })).message).toContain('nobody knows');
    expect(await node.reconcile({ allocatedUnits: 1 })).toMatchObject({
      state: 'Lost',
      volumes: [{ members: ['FIRST', 'SECOND'], mounted: true, staleConsumers: true }],
    });
    expect(node.changes().slice(before)).toEqual([]);
    const { state, volumes } = await node.reconcile({ allocatedUnits: 0 });
    expect([state, volumes[0]?.staleConsumers]).toEqual(['Ready', undefined]);
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
    expect(node.changes().slice(before)).toEqual([
      'umount /mnt/nvme0',
      'lvm vgchange --activate n vg_aidaptiv',
      'lvm vgchange --activate y vg_aidaptiv',
      expect.stringMatching(/^mount .* \/dev\/vg_aidaptiv\/cache \/mnt\/nvme0$/),
    ]);
  });

  test('is given back with its data when that is confirmed and no container has a unit', async () => {
    const node = await CacheHost.make(two);
    const { volumes } = await node.reconcile();
    const teardown = volumes[0]?.lvUuid ?? '';
    expect((await node.reconcile({ teardown, allocatedUnits: 1 })).state).toBe('Ready');
    expect((await node.reconcile({ teardown: 'another' })).state).toBe('Ready');
    expect(await node.reconcile({ teardown })).toMatchObject({
      state: 'Pending',
      volumes: [{ mounted: false }],
    });
    expect((await node.lvm.report()).lvs).toMatchObject([{ active: false }]);
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.changes().filter((line) => line.includes('mkfs'))).toHaveLength(1);
  });

  test('is not changed by two agents of a node at once', async () => {
    const node = await CacheHost.make(two);
    const lock = await NodeLock.take(node.host.root.path('/run/ai100/cache-lock'));
    expect(await node.reconcile()).toMatchObject({ state: 'Pending', failure: { step: 'lock' } });
    expect(node.changes()).toEqual([]);
    await lock?.[Symbol.asyncDispose]();
    expect((await node.reconcile()).state).toBe('Ready');
  });
});

describe('drives with a volume each', () => {
  test('are mounted side by side, also one that comes later, and fail alone', async () => {
    const node = await CacheHost.make(two, { layout: 'PerDevice' });
    const gone = faults.nvmeGone(node.host, { drive: 'nvme1' });
    await gone.apply();
    expect(await node.reconcile()).toMatchObject({ state: 'Ready', volumes: [{ hostPath: '/mnt/nvme0' }] });
    await gone.revert?.();
    expect(await node.reconcile()).toMatchObject({
      state: 'Ready',
      volumes: [
        { vg: 'vg_aidaptiv0', hostPath: '/mnt/nvme0', members: ['FIRST'], stripes: 1 },
        { vg: 'vg_aidaptiv1', hostPath: '/mnt/nvme1', members: ['SECOND'], stripes: 1 },
      ],
    });
    await faults.nvmeGone(node.host, { drive: 'nvme0' }).apply();
    const { volumes } = await node.reconcile();
    expect(volumes.map(({ vg, state, members }) => [vg, state, members])).toEqual(
      expect.arrayContaining([
        ['vg_aidaptiv0', 'Lost', ['FIRST']],
        ['vg_aidaptiv1', 'Ready', ['SECOND']],
      ]),
    );
  });
});

test('the name of a volume that the kernel has still, though nobody misses it any more, is not given to another', async () => {
  const node = await CacheHost.make(two, { layout: 'PerDevice' });
  // Both are made in one pass.
  expect(await node.reconcile()).toMatchObject({ state: 'Ready', volumes: [{}, {}] });
  await faults.nvmeGone(node.host, { drive: 'nvme1' }).apply();
  await node.reconcile();
  // Somebody lets go of the file system; the volume below it stays with the kernel.
  await node.tools.expect(['umount', '/mnt/nvme1']);
  await node.clock.advance(24 * 3_600_000 + 1);
  const { volumes } = await node.reconcile();
  expect(volumes.map(({ vg }) => vg)).toEqual(['vg_aidaptiv0']);
  node.host.hardware.nvme.plug({ serial: 'THIRD' });
  expect((await node.reconcile()).volumes).toMatchObject([
    { vg: 'vg_aidaptiv0', members: ['FIRST'] },
    { vg: 'vg_aidaptiv2', hostPath: '/mnt/nvme2', members: ['THIRD'], state: 'Ready' },
  ]);
});

test('a ready-made device on a drive of another maker is mounted, and lies on no drive of ours', async () => {
  const other = { model: 'SAMSUNG MZVL2512', vendor: 0x144d, serial: 'OTHER' };
  const node = await CacheHost.make({ nvme: [other] }, { readyMadeDevice: '/dev/nvme0n1' });
  await makeFileSystem(node.tools, { device: '/dev/nvme0n1', type: 'ext4', uuid });
  expect(await node.reconcile()).toMatchObject({ state: 'Ready', volumes: [{ members: [], mounted: true }] });
});

test('a ready-made device is mounted if it has a file system, and is never given one', async () => {
  const node = await CacheHost.make(two, { readyMadeDevice: '/dev/nvme1n1' });
  expect((await node.reconcile()).blockers).toMatchObject([{ name: 'NoFileSystem' }]);
  expect(node.changes()).toEqual([]);
  await makeFileSystem(node.tools, { device: '/dev/nvme1n1', type: 'ext4', uuid });
  expect(await node.reconcile()).toMatchObject({
    state: 'Ready',
    volumes: [{ path: '/dev/nvme1n1', fileSystem: 'ext4', members: ['SECOND'], mounted: true }],
  });
  expect(mountAt(node.mounts(), '/mnt/nvme0')?.source).toBe('/dev/nvme1n1');
  expect(node.changes().filter((line) => /mkfs|lvm/.test(line))).toHaveLength(1);
});

test('a drive that two controllers reach is not taken, and nothing is written to it or its paths', async () => {
  const drive = { serial: 'FIRST', subsysnqn: 'nqn.2019-10.com.phison:shared' };
  const node = await CacheHost.make({ nvme: [drive, { ...drive, cntlid: 2 }, { serial: 'SECOND' }] });
  expect(readdirSync(node.host.root.path('/sys/class/block'))).toEqual(
    expect.arrayContaining(['nvme0c0n1', 'nvme0c1n1']),
  );
  expect(await node.reconcile()).toMatchObject({ state: 'Ready', volumes: [{ members: ['SECOND'] }] });
  expect(node.changes().filter((line) => /nvme[01]/.test(line))).toEqual([
    expect.stringMatching(/^mount .* \/mnt\/nvme0$/),
  ]);
});
