import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import { makeFileSystem, mount, mountAt } from '@rackwright/storage';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };
const uuid = '11111111-2222-3333-4444-555555555555';

function write(node: CacheHost, disk: string, text: string): void {
  writeFileSync(node.host.root.path(`/dev/${disk}`), text, { flag: 'r+' });
}

describe('a drive that is not blank', () => {
  test('keeps all drives of a striped cache as they are, by the gate and the signature', async () => {
    const node = await CacheHost.make(two);
    await makeFileSystem(node.tools, { device: '/dev/nvme1n1', type: 'ext4', uuid });
    write(node, 'nvme0n1', 'somebody wrote this without any signature');
    const before = node.digests();
    const { state, blockers } = await node.reconcile();
    expect([state, ...blockers]).toMatchObject([
      'Blocked',
      { gate: 6, name: 'ContentFound', serial: 'FIRST' },
      { gate: 4, name: 'SignatureFound', serial: 'SECOND', detail: expect.stringContaining('ext4') },
    ]);
    // An administrator's word opens gate 6 of that drive, and no other gate.
    const allowed = await node.reconcile({ allowInit: ['FIRST', 'SECOND'] });
    expect(allowed.blockers).toMatchObject([{ gate: 4, serial: 'SECOND' }]);
    expect(node.digests()).toEqual(before);
    expect(node.changes().filter((line) => !line.startsWith('mkfs.ext4'))).toEqual([]);
    expect(existsSync(node.host.root.path('/var/lib/ai100/plan.json'))).toBe(false);
  });

  test('keeps only itself from being used where each drive has a volume of its own', async () => {
    const node = await CacheHost.make(two, { layout: 'PerDevice' });
    write(node, 'nvme0n1', 'data');
    const before = node.digests();
    const { state, volumes, blockers } = await node.reconcile();
    expect(state).toBe('Blocked');
    expect(blockers).toMatchObject([{ gate: 6, serial: 'FIRST' }]);
    expect(volumes).toMatchObject([{ state: 'Ready', members: ['SECOND'], stripes: 1, mounted: true }]);
    expect(node.digests()[0]).toBe(before[0]);
  });
});

test('while the node is maintained, or creating is switched off, nothing is even looked at', async () => {
  const node = await CacheHost.make(two);
  expect((await node.reconcile({ maintenance: true })).blockers).toMatchObject([{ gate: 8 }]);
  node.restart({ create: false });
  expect((await node.reconcile()).blockers).toMatchObject([{ gate: 8 }]);
  expect(node.changes()).toEqual([]);
  expect(node.host.commands.journal().some(({ command }) => command === 'blkid')).toBe(false);
});

test('a cache waits for its drives, and until they stay the same', async () => {
  const node = await CacheHost.make(two, { expectedDevices: 3, minDevices: 2, settleMs: 30_000 });
  expect(await node.reconcile()).toMatchObject({
    state: 'Pending',
    message: 'waits for exactly 3 drives; there are 2',
  });
  node.restart({ expectedDevices: 0 });
  expect((await node.reconcile()).state).toBe('Settling');
  await node.clock.advance(30_000);
  const gone = faults.nvmeGone(node.host, { drive: 'nvme1' });
  await gone.apply();
  expect(await node.reconcile()).toMatchObject({
    state: 'Pending',
    message: 'waits for 2 drives; there are 1',
  });
  await gone.revert?.();
  expect((await node.reconcile()).state).toBe('Settling');
  expect(node.changes()).toEqual([]);
});

describe('where the cache is to be mounted', () => {
  test('a folder with something in it, a link and a mount of others are left alone', async () => {
    const node = await CacheHost.make(two);
    const at = (path: string): string => node.host.root.path(path);
    mkdirSync(at('/mnt/nvme0'), { recursive: true });
    writeFileSync(at('/mnt/nvme0/theirs'), 'kept');
    expect((await node.reconcile()).blockers).toMatchObject([{ name: 'MountPointNotEmpty' }]);
    mkdirSync(at('/mnt/other'));
    await mount(node.tools, { source: 'tmpfs', target: '/mnt/other', type: 'tmpfs' as 'xfs', options: [] });
    node.restart({ hostPath: '/mnt/other' });
    expect((await node.reconcile()).blockers).toMatchObject([{ name: 'OtherMount' }]);
    expect(node.read('/mnt/nvme0/theirs')).toBe('kept');
    node.restart({ hostPath: '/mnt/cache7' });
    expect(await node.reconcile()).toMatchObject({ state: 'Ready', volumes: [{ hostPath: '/mnt/cache7' }] });
  });
});

test('below a private mount nothing is mounted for people, and below a shared one it is', async () => {
  const node = await CacheHost.make(two);
  await node.tools.expect(['mount', '--make-private', '/']);
  const { state, blockers, message } = await node.reconcile();
  expect([state, blockers]).toMatchObject(['Blocked', [{ name: 'MountNotShared' }]]);
  expect(message).toBe(
    '/mnt/nvme0 lies in the mount /, which is private: run mount --make-shared / on the node',
  );
  expect(mountAt(node.mounts(), '/mnt/nvme0')).toBeUndefined();
  await node.tools.expect(['mount', '--make-shared', '/']);
  expect((await node.reconcile()).state).toBe('Ready');
});

test('a file system that is not the one the tags name is neither mounted nor made again', async () => {
  const node = await CacheHost.make(two);
  await node.reconcile();
  await faults.nvmeRenumbered(node.host).apply();
  await makeFileSystem(node.tools, { device: '/dev/vg_aidaptiv/cache', type: 'ext4', uuid, replace: true });
  const before = node.changes();
  node.restart();
  expect((await node.reconcile()).blockers).toMatchObject([{ name: 'FileSystemChanged' }]);
  expect(node.changes()).toEqual(before);
});

test('a tool that is missing, fails or hangs is named, and the cache that is mounted stays ready', async () => {
  const node = await CacheHost.make(two);
  await node.reconcile();
  const fails = faults.commandFails(node.host, {
    command: 'lvm',
    words: ['fullreport'],
    stderr: '  nonsense\n',
  });
  await fails.apply();
  expect(await node.reconcile()).toMatchObject({
    state: 'Ready',
    failure: { step: 'observe', message: 'lvm fullreport exited with 1: nonsense' },
  });
  await node.tools.expect(['umount', '/mnt/nvme0']);
  expect(await node.reconcile()).toMatchObject({ state: 'MountFailed', volumes: [{ mounted: false }] });
  await fails.revert?.();
  expect((await node.reconcile()).state).toBe('Ready');
});
