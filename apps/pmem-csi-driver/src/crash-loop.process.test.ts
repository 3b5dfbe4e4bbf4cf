import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type CrashNode, countsOf, crashCampaign } from './testing/crash-campaign.ts';
import {
  attachedBelow,
  canGrowExt4,
  canMountLoops,
  mountsBelow,
  removeWithLoops,
} from './testing/loop-host.ts';
import { block, ext4, inline, type VolumeLife, xfs } from './testing/volume-life.ts';

const whole = process.env.RACKWRIGHT_LONG_TESTS === '1';
const ifRoot = (await canMountLoops()) ? describe : describe.skip;

async function makeNode(): Promise<CrashNode> {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-kill-loop-'));
  await mkdir(join(folder, 'pods'));
  return {
    ...{ folder, flags: ['-deviceManager=loop'] },
    places: {
      staging: join(folder, 'staging'),
      targets: [join(folder, 'pods/one'), join(folder, 'pods/two')],
      see: (path) => path,
    },
    left: async () => [...(await mountsBelow(folder)), ...(await attachedBelow(folder))],
    [Symbol.asyncDispose]: () => removeWithLoops(folder),
  };
}

const { grown, ...ext4OfOneSize } = ext4;
const lives: readonly VolumeLife[] = [canGrowExt4() ? ext4 : ext4OfOneSize, xfs, block, inline];

// By default a driver killed again and again in the life of one volume; with RACKWRIGHT_LONG_TESTS=1 at every point of each.
ifRoot('mode loop (needs root)', () => {
  test.each(whole ? lives : [inline])(
    '$name: a driver that is killed at any call that changes a file or starts a program comes back, and nothing is lost or left',
    async (life) => {
      const kills = await crashCampaign({ makeNode, life, whole });
      process.stdout.write(`loop, ${life.name}: ${countsOf(kills)}\n`);
      expect(kills.length).toBeGreaterThanOrEqual(whole ? 40 : 2);
    },
    whole ? 7_200_000 : 240_000,
  );
});
