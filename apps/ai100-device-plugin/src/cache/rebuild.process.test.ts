import { writeFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import { mountAt } from '@rackwright/storage';
import type { CacheState } from './state.ts';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };
const tenMinutes = 600_000;

/** After which changes the agent ends: all, or those where the old volume is just gone and where its group is. */
const cuts = process.env.RACKWRIGHT_LONG_TESTS === '1' ? [1, 2, 3, 4, 5, 6] : [3, 4];

/** A cache with data that has lost a drive, and a new drive beside it. */
async function lostCache(): Promise<{ node: CacheHost; lvUuid: string; back: () => Promise<unknown> }> {
  const node = await CacheHost.make(two, { rebuild: true });
  const { volumes } = await node.reconcile();
  writeFileSync(node.host.root.path('/mnt/nvme0/model.bin'), 'weights');
  // A kernel gives no drive the name of one whose file system is still mounted.
  node.host.hardware.nvme.plug({ serial: 'THIRD' });
  const gone = faults.nvmeGone(node.host, { drive: 'nvme1' });
  await gone.apply();
  return { node, lvUuid: volumes[0]?.lvUuid ?? '', back: async () => gone.revert?.() };
}

/** Looks as often as the agent does while ten minutes go by, and once more. */
async function afterTenMinutes(node: CacheHost, allocatedUnits?: number): Promise<CacheState> {
  const said = allocatedUnits === undefined ? {} : { allocatedUnits };
  await node.reconcile(said);
  await node.clock.advance(tenMinutes);
  return node.reconcile(said);
}

async function expectNewCache(node: CacheHost, lvUuid: string): Promise<void> {
  const state = await node.reconcile();
  expect(state).toMatchObject({ state: 'Ready', volumes: [{ members: ['FIRST', 'THIRD'], stripes: 2 }] });
  expect(state.volumes[0]?.lvUuid).not.toBe(lvUuid);
  expect(mountAt(node.mounts(), '/mnt/nvme0')?.device).toBe(state.volumes[0]?.device);
  expect((await node.lvm.report()).lvs).toHaveLength(1);
}

describe('a cache that lost a drive for which there is a new one', () => {
  test('is told to be made anew after ten minutes without units, and then is', async () => {
    const { node, lvUuid } = await lostCache();
    const before = node.changes().length;
    expect(await node.reconcile()).toMatchObject({
      state: 'Lost',
      message: expect.stringContaining('for 600 s'),
    });
    expect(await afterTenMinutes(node)).toMatchObject({
      state: 'Rebuilding',
      volumes: [{ lvUuid, message: expect.stringContaining(lvUuid) }],
    });
    expect(node.changes().slice(before)).toEqual([]);
    await expectNewCache(node, lvUuid);
    expect(node.changes().slice(before, before + 6)).toEqual([
      'umount /mnt/nvme0',
      'lvm vgchange --activate n vg_aidaptiv',
      'lvm vgreduce --removemissing --force vg_aidaptiv',
      'lvm vgremove vg_aidaptiv',
      expect.stringMatching(/^lvm pvcreate .*nvme2n1$/),
      expect.stringMatching(/^lvm vgcreate /),
    ]);
  });

  test.each([
    ['containers have units', 1],
    ['nobody knows what containers have', 'unknown' as const],
  ])('keeps its data while %s', async (_, allocatedUnits) => {
    const { node, back } = await lostCache();
    const before = node.changes().length;
    await node.reconcile({ allocatedUnits });
    await node.clock.advance(2 * tenMinutes);
    expect((await node.reconcile({ allocatedUnits })).state).toBe('Lost');
    // Only since now nobody uses it.
    expect((await node.reconcile()).state).toBe('Lost');
    expect(node.changes().slice(before)).toEqual([]);
    await back();
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
  });

  test('keeps its data without a permit of the cluster, and where nobody said it is ephemeral', async () => {
    const { node, back } = await lostCache();
    const before = node.changes().length;
    node.permit = 'another node is at it';
    expect(await afterTenMinutes(node)).toMatchObject({ state: 'Lost', message: 'another node is at it' });
    node.restart({ rebuild: false });
    expect((await afterTenMinutes(node)).state).toBe('Lost');
    expect(node.changes().slice(before)).toEqual([]);
    await back();
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
  });

  test('keeps its data when the drive is back before anything was done', async () => {
    const { node, back } = await lostCache();
    expect(await afterTenMinutes(node)).toMatchObject({ state: 'Rebuilding' });
    await back();
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
  });

  test.each(cuts)('is the same new cache when the agent ends after change %i', async (cut) => {
    const { node, lvUuid } = await lostCache();
    expect(await afterTenMinutes(node)).toMatchObject({ state: 'Rebuilding' });
    await node.reconcileCutOff(cut);
    if ((await node.lvm.report()).lvs.some(({ uuid }) => uuid === lvUuid)) await afterTenMinutes(node);
    await expectNewCache(node, lvUuid);
    const count = (word: RegExp): number => node.changes().filter((line) => word.test(line)).length;
    expect([count(/vgreduce/), count(/vgremove/), count(/pvcreate/)]).toEqual([1, 1, 3]);
  });
});

describe('what is never made anew', () => {
  const destroys = /vgreduce|vgremove|pvremove|umount \/mnt/;

  test('a cache of which every drive is gone: new ones stay empty, and the old ones bring the data back', async () => {
    const node = await CacheHost.make(two, { rebuild: true });
    await node.reconcile();
    writeFileSync(node.host.root.path('/mnt/nvme0/model.bin'), 'weights');
    const before = node.changes().length;
    const { nvme } = node.host.hardware;
    for (const serial of ['THIRD', 'FOURTH']) nvme.plug({ serial });
    const gone = ['nvme0', 'nvme1'].map((name) => nvme.unplug(name));
    const message = 'no drive of volume group vg_aidaptiv is there; its drives are FIRST, SECOND';
    expect(await afterTenMinutes(node)).toMatchObject({ state: 'Lost', volumes: [{ message }] });
    expect(await afterTenMinutes(node)).toMatchObject({ state: 'Lost', volumes: [{ message }] });
    expect(node.changes().slice(before)).toEqual([]);
    for (const drive of gone) nvme.plugBack(drive);
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
  });

  test('such a cache whose drives people deny: a new one is made of the drives that are there', async () => {
    const node = await CacheHost.make(two, { rebuild: true });
    await node.reconcile();
    const { nvme } = node.host.hardware;
    for (const serial of ['THIRD', 'FOURTH']) nvme.plug({ serial });
    for (const name of ['nvme0', 'nvme1']) nvme.unplug(name);
    expect((await node.reconcile()).state).toBe('Lost');
    node.restart({ retiredSerials: ['FIRST', 'SECOND'] });
    // What is mounted of it is others' to take away: a container may be in it.
    expect(await node.reconcile()).toMatchObject({ state: 'Blocked', blockers: [{ name: 'OtherMount' }] });
    await node.tools.expect(['umount', '/mnt/nvme0']);
    expect(await node.reconcile()).toMatchObject({
      state: 'Ready',
      volumes: [{ members: ['FOURTH', 'THIRD'], mounted: true }],
    });
  });

  test('the volume of a drive that has its own: a new drive gets another, and the old one is back with its data', async () => {
    const node = await CacheHost.make(two, { rebuild: true, layout: 'PerDevice' });
    await node.reconcile();
    writeFileSync(node.host.root.path('/mnt/nvme1/model.bin'), 'weights');
    node.host.hardware.nvme.plug({ serial: 'THIRD' });
    const gone = faults.nvmeGone(node.host, { drive: 'nvme1' });
    await gone.apply();
    await node.reconcile();
    const { volumes } = await afterTenMinutes(node);
    const standing = volumes.map(({ members, state, hostPath }) => [members[0], state, hostPath]).sort();
    expect(standing).toEqual([
      ['FIRST', 'Ready', '/mnt/nvme0'],
      ['SECOND', 'Lost', '/mnt/nvme1'],
      ['THIRD', 'Ready', '/mnt/nvme2'],
    ]);
    await gone.revert?.();
    expect(await node.reconcile()).toMatchObject({ state: 'Ready', volumes: { length: 3 } });
    expect(node.read('/mnt/nvme1/model.bin')).toBe('weights');
    expect(node.changes().filter((line) => destroys.test(line))).toEqual([]);
  });
});
