import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { memoryLvm } from './devices/lvm/memory-lvm.ts';
import { type CrashNode, countsOf, crashCampaign } from './testing/crash-campaign.ts';
import { canMountLoops } from './testing/loop-host.ts';
import { PmemHost } from './testing/pmem-host.ts';
import { useRealLvm } from './testing/real-lvm.ts';
import { block, ext4, inline, type VolumeLife, xfs } from './testing/volume-life.ts';

const whole = process.env.RACKWRIGHT_LONG_TESTS === '1';
const kubelet = '/var/lib/kubelet';

async function makeNode({ mode, left, prepare }: MemoryMode): Promise<CrashNode> {
  const pmem = await PmemHost.create([{ bytes: 512 * 2 ** 20 }]);
  const prepared = await prepare?.(pmem);
  const { root } = pmem.host;
  const targets = [`${kubelet}/pods/one`, `${kubelet}/pods/two`] as const;
  await mkdir(root.path(dirname(targets[0])), { recursive: true });
  const mounted = async (): Promise<string[]> =>
    (await pmem.mounts()).map(({ mountPoint }) => mountPoint).filter((path) => path.startsWith(kubelet));
  return {
    ...{ folder: pmem.folder, flags: [`-deviceManager=${mode}`, `--host-root=${root.prefix}`] },
    places: { staging: `${kubelet}/staging`, targets, see: (path) => root.path(path) },
    left: async () => [...(await left(pmem)), ...(await mounted())],
    [Symbol.asyncDispose]: async () => {
      await prepared?.[Symbol.asyncDispose]();
      await pmem[Symbol.asyncDispose]();
    },
  };
}

/** Beside one namespace with one group that is empty. */
async function leftInGroup(pmem: PmemHost): Promise<string[]> {
  const runner = new SystemProcessRunner(systemClock);
  const { root } = pmem.host;
  const { vgs, lvs } = await memoryLvm(new HostTools({ runner, root, entry: 'tree' })).report();
  return [
    ...lvs.map(({ name }) => `logical volume ${name}`),
    ...vgs.filter(({ sizeBytes, freeBytes }) => sizeBytes !== freeBytes).map(({ name }) => `room in ${name}`),
    ...vgs.slice(1).map(({ name }) => `group ${name}`),
    ...namesOf(pmem).slice(1),
  ];
}

function namesOf(pmem: PmemHost): string[] {
  return pmem.region('region0').namespaces.map(({ name }) => `namespace ${name}`);
}

/** A namespace does not grow. */
function ofFixedSize({ grown: _, ...life }: VolumeLife): VolumeLife {
  return life;
}

interface MemoryMode {
  readonly name: string;
  readonly mode: 'lvm' | 'direct';
  readonly lives: readonly VolumeLife[];
  readonly left: (pmem: PmemHost) => Promise<string[]>;
  /** What a node has that others have not. */
  readonly prepare?: (pmem: PmemHost) => Promise<AsyncDisposable>;
}

const lives = [ext4, xfs, block, inline];
const lvm = { mode: 'lvm', lives, left: leftInGroup } as const;
const ofLvm: MemoryMode = { name: 'lvm', ...lvm };
const ofRealLvm: MemoryMode = { name: 'lvm, with the real lvm2', ...lvm, prepare: useRealLvm };
const ofDirect: MemoryMode = {
  ...{ name: 'direct', mode: 'direct', lives: lives.map(ofFixedSize) },
  left: async (pmem) => namesOf(pmem),
};
const hasLoops = await canMountLoops();
// The simulated LVM writes what the real one does (the simulator's own tests); one of both is enough for a sample.
const modes = [...(hasLoops ? [ofRealLvm] : []), ...(whole || !hasLoops ? [ofLvm] : []), ofDirect];

// By default a driver killed again and again in the life of one volume; with RACKWRIGHT_LONG_TESTS=1 at every point of each.
describe.each(modes)('mode $name', (memory) => {
  const { name, lives } = memory;
  test.each(whole ? lives : lives.slice(0, 1))(
    '$name: a driver that is killed at any call that changes a file or starts a program comes back, and nothing is lost or left',
    async (life) => {
      const kills = await crashCampaign({ makeNode: () => makeNode(memory), life, whole });
      process.stdout.write(`${name}, ${life.name}: ${countsOf(kills)}\n`);
      expect(kills.length).toBeGreaterThanOrEqual(whole ? 60 : 2);
    },
    whole ? 7_200_000 : 240_000,
  );
});
