import { expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import { mountAt } from '@rackwright/storage';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };

/** The commands that may run only once each, and in which order, whatever happened in between. */
async function expectOneCache(node: CacheHost): Promise<void> {
  const state = await node.reconcile();
  expect(state).toMatchObject({ state: 'Ready', volumes: [{ stripes: 2, members: ['FIRST', 'SECOND'] }] });
  expect(mountAt(node.mounts(), '/mnt/nvme0')?.device).toBe(state.volumes[0]?.device);
  expect(mountAt(node.mounts(), '/run/ai100/staging')).toBeUndefined();
  const changes = node.changes();
  const ready = changes.findIndex((line) => line.includes('--addtag ai100.ready'));
  expect(changes.slice(ready + 1).filter((line) => /mkfs|create|umount/.test(line))).toEqual([]);
  expect((await node.lvm.report()).lvs).toHaveLength(1);
}

/** After which changes the agent ends: all, or those that leave most to be decided. */
const cuts = process.env.RACKWRIGHT_LONG_TESTS === '1' ? [1, 2, 3, 4, 5, 6, 7, 8, 9] : [5, 7];

test.each(cuts)(
  'an agent that ends after change %i is followed by one that makes the same cache',
  async (cut) => {
    const node = await CacheHost.make(two);
    await node.reconcileCutOff(cut);
    expect(node.changes()).toHaveLength(cut);
    // Half of them lose power, too, and have other names of drives afterwards.
    if (cut % 2 === 1) await faults.nvmeRenumbered(node.host).apply();
    await expectOneCache(node);
    const count = (word: RegExp): number => node.changes().filter((line) => word.test(line)).length;
    expect([count(/pvcreate/), count(/vgcreate/), count(/lvcreate/), count(/lvchange/)]).toEqual([
      2, 1, 1, 1,
    ]);
    // Without a seal nobody knows that a file system is whole, and nobody could write to it yet.
    expect(count(/mkfs/)).toBe(cut === 5 || cut === 6 ? 2 : 1);
  },
);

test('tools that are killed half way, each once, do not keep the cache from being made', async () => {
  const node = await CacheHost.make(two);
  for (const [command, ...words] of [
    ['lvm', 'pvcreate'],
    ['lvm', 'vgcreate'],
    ['lvm', 'lvcreate'],
    ['mkfs.xfs'],
    ['umount'],
    ['lvm', 'lvchange'],
    ['mount', '/mnt/nvme0'],
  ] as const) {
    const killed = { command, words, afterSteps: 1, times: 1 };
    await faults.commandKilled(node.host, killed).apply();
    const state = await node.reconcile();
    expect([command, ...words, state.failure?.message ?? state.message]).toEqual([
      command,
      ...words,
      expect.stringMatching(/SIGKILL|mounted at/),
    ]);
    node.restart();
  }
  await expectOneCache(node);
});
