import { expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import type { CacheRecovery } from './recovery-action.ts';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(120_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };

async function cacheThatTells() {
  const told: CacheRecovery[] = [];
  const node = await CacheHost.make(two, {}, (one) => void told.push(one));
  const said = (): string[] =>
    told.splice(0).map(({ vg, action, phase, message }) => `${vg} ${action} ${phase} ${message}`.trim());
  return { node, said };
}

test('a cache that is made, or found by an agent that starts, is no recovery; one that is mounted again is', async () => {
  const { node, said } = await cacheThatTells();
  await node.reconcile();
  expect(said()).toEqual([]);
  await node.tools.expect(['umount', '/mnt/nvme0'], { key: 'umount' });
  node.restart();
  await node.reconcile();
  expect(said()).toEqual([]);
  await node.tools.expect(['umount', '/mnt/nvme0'], { key: 'umount' });
  await node.reconcile();
  expect(said()).toEqual([
    'vg_aidaptiv Remount Started mounted at /mnt/nvme0',
    'vg_aidaptiv Remount Succeeded',
  ]);
});

test('drives that were away and are back have their volume activated and mounted again, and it is told', async () => {
  const { node, said } = await cacheThatTells();
  await node.reconcile();
  const pulled = node.host.hardware.nvme.unplug('nvme1');
  await node.reconcile();
  // Another one has its number by then, as on a node whose kernel holds the old one.
  node.host.hardware.nvme.plug({ serial: 'OTHER', model: 'SAMSUNG MZVL2512', vendor: 0x144d });
  node.host.hardware.nvme.plugBack(pulled);
  expect((await node.reconcile()).state).toBe('Ready');
  expect(said().map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual([
    'LvmReactivate Started',
    'LvmReactivate Succeeded',
    'Remount Started',
    'Remount Succeeded',
  ]);
});

test('a mount that fails is told with what the tool said', async () => {
  const { node, said } = await cacheThatTells();
  await node.reconcile();
  await faults.commandFails(node.host, { command: 'mount', stderr: 'mount: I/O error\n' }).apply();
  await node.tools.expect(['umount', '/mnt/nvme0'], { key: 'umount' });
  await node.reconcile();
  expect(said().at(-1)).toMatch(/^vg_aidaptiv Remount Failed .*I\/O error/);
});
