import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { canUseLoops, LoopDisk, LvmWithoutKernel, localTools } from '../testing/loop-disk.ts';
import { readGroupVersion } from './group-version.ts';
import { Lvm } from './lvm.ts';

const MiB = 1024 * 1024;
const ifRoot = canUseLoops ? test : test.skip;

ifRoot(
  'every change the real LVM makes to a group is another version on all its disks (needs root)',
  async () => {
    const tools = localTools();
    await using a = await LoopDisk.make(tools, 64 * MiB);
    await using b = await LoopDisk.make(tools, 64 * MiB);
    using kernel = new LvmWithoutKernel([a.device, b.device]);
    const lvm = new Lvm(tools, { config: kernel.config });
    const versions = () => Promise.all([a, b].map(({ device }) => readGroupVersion(device)));
    expect(await versions()).toEqual([undefined, undefined]);
    await lvm.createPv({ device: a.device, uuid: 'aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa1' });
    expect(await versions()).toEqual([undefined, undefined]);
    await lvm.createVg({ name: 'vg_t', devices: [a.device, b.device], tags: ['some'] });
    const vgUuid = (await lvm.report()).vgs[0]?.uuid;
    const all = (seqno: number) => [
      { vgUuid, seqno },
      { vgUuid, seqno },
    ];
    expect(await versions()).toEqual(all(1));
    // Far more text than fits behind the header, so that it begins anew at the front of its area.
    const tags = Array.from({ length: 2000 }, (_, i) => `tag-${i}-${'x'.repeat(100)}`);
    for (let seqno = 2; seqno < 14; seqno += 2) {
      await lvm.addVgTags('vg_t', tags);
      expect(await versions()).toEqual(all(seqno));
      await tools.expect([
        'lvm',
        'vgchange',
        '--config',
        kernel.config,
        ...tags.flatMap((tag) => ['--deltag', tag]),
        'vg_t',
      ]);
      expect(await versions()).toEqual(all(seqno + 1));
    }
    await lvm.removeVg('vg_t');
    expect(await versions()).toEqual([undefined, undefined]);
  },
);

test('what is no physical volume, or only the beginning of one, has no version', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rw-version-'));
  try {
    const path = join(folder, 'disk');
    const labelled = Buffer.alloc(8192);
    labelled.write('LABELONE', 512, 'latin1');
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(8192), labelled, Buffer.alloc(8192, 0xff)]) {
      await writeFile(path, bytes);
      expect(await readGroupVersion(path)).toBeUndefined();
    }
    await expect(readGroupVersion(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
