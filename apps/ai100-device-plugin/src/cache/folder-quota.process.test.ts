import { writeFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { hasProjectQuota, mountAt } from '@rackwright/storage';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };

function isLimited(node: CacheHost): boolean {
  const mount = mountAt(node.mounts(), '/mnt/nvme0');
  return mount !== undefined && hasProjectQuota(mount);
}

test('a cache that is mounted without quotas gets them once no container has a unit, with its data', async () => {
  const node = await CacheHost.make(two);
  await node.reconcile();
  writeFileSync(node.host.root.path('/mnt/nvme0/model.bin'), 'weights');
  node.restart({ folderQuota: true });
  const before = node.changes().length;
  for (const allocatedUnits of [1, 'unknown'] as const)
    expect(await node.reconcile({ allocatedUnits })).toMatchObject({
      state: 'Blocked',
      volumes: [{ mounted: true }],
      blockers: [{ name: 'QuotaOff', detail: expect.stringContaining('once no container has a unit') }],
    });
  expect(node.changes().slice(before)).toEqual([]);
  expect((await node.reconcile({ allocatedUnits: 0 })).state).toBe('Ready');
  expect(node.changes().slice(before)).toEqual([
    'umount /mnt/nvme0',
    'mount -t xfs -o noatime,nosuid,nodev,prjquota /dev/vg_aidaptiv/cache /mnt/nvme0',
  ]);
  expect([isLimited(node), node.read('/mnt/nvme0/model.bin')]).toEqual([true, 'weights']);
  expect((await node.reconcile({ allocatedUnits: 1 })).state).toBe('Ready');
});

test('a new cache is mounted with quotas', async () => {
  const node = await CacheHost.make(two, { folderQuota: true });
  expect((await node.reconcile()).state).toBe('Ready');
  expect(isLimited(node)).toBe(true);
  expect(node.changes().filter((line) => line.startsWith('umount /mnt'))).toEqual([]);
});

test('a cache of ext4 has no quotas: it says so, and gives no units', async () => {
  const node = await CacheHost.make(two, { folderQuota: true, fileSystem: 'ext4' });
  const state = await node.reconcile();
  expect(state).toMatchObject({
    state: 'Blocked',
    blockers: [{ name: 'QuotaNeedsXfs', detail: expect.stringContaining('set the isolation to Directory') }],
  });
  expect(node.changes().filter((line) => line.startsWith('umount /mnt'))).toEqual([]);
});
