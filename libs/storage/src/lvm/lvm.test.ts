import { describe, expect, test } from '@jest/globals';
import { makeFileSystem } from '../file-systems.ts';
import { listSignatures, probeSignatures } from '../signatures.ts';
import { canUseLoops, LoopDisk, LvmWithoutKernel, localTools } from '../testing/loop-disk.ts';
import { Lvm } from './lvm.ts';

const MiB = 1024 * 1024;
const pvUuid = (n: number): string => `aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa${n}`;
const tools = localTools();

const ifRoot = canUseLoops ? describe : describe.skip;

ifRoot('real LVM on loop devices (needs root)', () => {
  test('two disks become one striped volume with the chosen identities and tags', async () => {
    await using a = await LoopDisk.make(tools, 64 * MiB);
    await using b = await LoopDisk.make(tools, 64 * MiB);
    using kernel = new LvmWithoutKernel([a.device, b.device]);
    const lvm = new Lvm(tools, { config: kernel.config });
    await lvm.createPv({ device: a.device, uuid: pvUuid(1) });
    await lvm.createPv({ device: b.device, uuid: pvUuid(2) });
    // lvm2 reports in the order of device names, in which /dev/loop10 comes before /dev/loop9.
    const pvs = (await lvm.report()).pvs.map(({ uuid, vg }) => [uuid, vg]);
    expect(pvs.sort()).toEqual([
      [pvUuid(1), ''],
      [pvUuid(2), ''],
    ]);
    await lvm.createVg({ name: 'vg_t', devices: [a.device, b.device], tags: ['ai100.managed'] });
    const { vgs } = await lvm.report();
    // (64 MiB - 1 MiB) / 4 MiB extents of each
    expect(vgs[0]).toMatchObject({
      name: 'vg_t',
      tags: ['ai100.managed'],
      sizeBytes: BigInt(2 * 15 * 4 * MiB),
    });
    expect(await probeSignatures(tools, a.device)).toMatchObject({ kind: 'found', type: 'LVM2_member' });
    expect((await listSignatures(tools, a.device)).map(({ type }) => type)).toEqual(['LVM2_member']);
  });

  test('a disk with something on it is refused and stays as it is', async () => {
    await using disk = await LoopDisk.make(tools, 64 * MiB);
    using kernel = new LvmWithoutKernel([disk.device]);
    const uuid = '11111111-2222-3333-4444-555555555555';
    await makeFileSystem(tools, { device: disk.device, type: 'ext4', uuid });
    const lvm = new Lvm(tools, { config: kernel.config });
    await expect(lvm.createPv({ device: disk.device, uuid: pvUuid(1) })).rejects.toMatchObject({
      code: 'FailedPrecondition',
    });
    expect(await probeSignatures(tools, disk.device)).toMatchObject({ kind: 'found', type: 'ext4', uuid });
    expect((await lvm.report()).pvs).toEqual([]);
  });

  test('ext4 does not take the place of what is there, though its own tool would let it', async () => {
    await using disk = await LoopDisk.make(tools, 64 * MiB);
    const [first, second] = ['1', '2'].map((n) => `${n.repeat(8)}-2222-3333-4444-555555555555`);
    await makeFileSystem(tools, { device: disk.device, type: 'ext4', uuid: first ?? '' });
    const again = { device: disk.device, type: 'ext4', uuid: second ?? '' } as const;
    await expect(makeFileSystem(tools, again)).rejects.toThrow(
      `${disk.device} is not made anew: there is ext4 on it`,
    );
    expect(await probeSignatures(tools, disk.device)).toMatchObject({ type: 'ext4', uuid: first });
    await makeFileSystem(tools, { ...again, replace: true });
    expect(await probeSignatures(tools, disk.device)).toMatchObject({ type: 'ext4', uuid: second });
  });

  test('a file system is replaced only when that is asked for', async () => {
    await using disk = await LoopDisk.make(tools, 1024 * MiB);
    const spec = { device: disk.device, type: 'xfs', geometry: { stripes: 2, stripeKiB: 128 } } as const;
    const [first, second] = ['1', '2'].map((n) => `${n.repeat(8)}-2222-3333-4444-555555555555`);
    await makeFileSystem(tools, { ...spec, uuid: first ?? '' });
    await expect(makeFileSystem(tools, { ...spec, uuid: second ?? '' })).rejects.toThrow(
      'is not made anew: there is xfs on it',
    );
    expect(await probeSignatures(tools, disk.device)).toMatchObject({ type: 'xfs', uuid: first });
    await makeFileSystem(tools, { ...spec, uuid: second ?? '', replace: true });
    expect(await probeSignatures(tools, disk.device)).toMatchObject({ type: 'xfs', uuid: second });
  });

  test('an empty disk has no signature', async () => {
    await using disk = await LoopDisk.make(tools, 8 * MiB);
    expect(await probeSignatures(tools, disk.device)).toEqual({ kind: 'nothing' });
    expect(await listSignatures(tools, disk.device)).toEqual([]);
    expect(await probeSignatures(tools, '/dev/nowhere')).toEqual({ kind: 'nothing' });
  });
});
