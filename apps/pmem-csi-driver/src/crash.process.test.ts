import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { type CrashNode, countsOf, crashCampaign } from './testing/crash-campaign.ts';
import { block, ext4, inline } from './testing/volume-life.ts';

const whole = process.env.RACKWRIGHT_LONG_TESTS === '1';

async function makeNode(): Promise<CrashNode> {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-kill-'));
  await mkdir(join(folder, 'pods'));
  return {
    ...{ folder, flags: ['-deviceManager=fake'] },
    places: {
      staging: join(folder, 'staging'),
      targets: [join(folder, 'pods/one'), join(folder, 'pods/two')],
      see: (path) => path,
    },
    left: () => readdir(join(folder, 'state/fake')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

// By default a driver killed again and again in the life of one volume; with RACKWRIGHT_LONG_TESTS=1 at every point of each.
test.each(whole ? [ext4, block, inline] : [ext4])(
  'mode fake, $name: a driver that is killed at any call that changes a file comes back, and nothing is lost or left',
  async (life) => {
    const kills = await crashCampaign({ makeNode, life, whole });
    process.stdout.write(`fake, ${life.name}: ${countsOf(kills)}\n`);
    expect(kills.length).toBeGreaterThanOrEqual(whole ? 60 : 2);
  },
  whole ? 3_600_000 : 120_000,
);
