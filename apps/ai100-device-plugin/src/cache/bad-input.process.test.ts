import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import { volumesOfCache } from '../cache-volumes.ts';
import { toolFailure } from '../tool-failure.ts';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };

/** Makes the programs of a host fail, and takes that back. */
type Mishap = (node: CacheHost) => Promise<() => Promise<void>>;

const printsNonsense: Mishap = async ({ host }) => {
  const stdout = '{"report": [{"vg":';
  const fault = faults.commandPrints(host, { command: 'lvm', words: ['fullreport'], stdout });
  await fault.apply();
  return async () => fault.revert?.();
};
const isMissing: Mishap = async ({ host }) => {
  const path = host.root.path('/usr/sbin/lvm');
  renameSync(path, `${path}.away`);
  return async () => renameSync(`${path}.away`, path);
};

test.each<[string, Mishap, string, string]>([
  ['prints nonsense', printsNonsense, 'ToolNonsense', 'lvm fullreport printed no JSON'],
  ['is missing', isMissing, 'ToolMissing', 'the host has no lvm (install lvm2 on the node)'],
])(
  'a cache that is mounted is served on while a tool %s, which is named',
  async (_, mishap, reason, message) => {
    const node = await CacheHost.make(two);
    await node.reconcile();
    const takeBack = await mishap(node);
    const state = await node.reconcile();
    expect(toolFailure(state, [])).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(volumesOfCache(state)).toMatchObject([{ usable: true }]);
    await takeBack();
    const healed = await node.reconcile();
    expect([healed.state, toolFailure(healed, [])]).toEqual(['Ready', undefined]);
  },
);

test('a volume that is mounted and takes no data is not ready within a minute, and the other is served on', async () => {
  const node = await CacheHost.make(two, { layout: 'PerDevice' });
  await node.reconcile();
  const at = node.host.root.path('/mnt/nvme1');
  rmSync(at, { recursive: true });
  writeFileSync(at, 'no folder that a file could be written to');
  await node.clock.advance(60_000);
  const state = await node.reconcile();
  expect(volumesOfCache(state)).toMatchObject([
    { hostPath: '/mnt/nvme0', usable: true },
    {
      hostPath: '/mnt/nvme1',
      usable: false,
      reason: 'CanaryFailed',
      message: expect.stringContaining('ENOTDIR'),
    },
  ]);
  expect(state).toMatchObject({ state: 'MountFailed', failure: { step: 'canary' } });
  rmSync(at);
  mkdirSync(at);
  expect((await node.reconcile()).state).toBe('Ready');
});
