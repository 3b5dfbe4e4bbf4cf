import { describe, expect, test } from '@jest/globals';
import { scanMappedVolumes } from '@rackwright/hardware-nvme';
import type { LvmReport } from '@rackwright/storage';
import { expectedReport } from './expected-report.ts';
import type { ChangeStep } from './steps.ts';
import { CacheHost } from './testing/cache-host.ts';

const vg = 'vg_aidaptiv';
const uuids = ['aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa1', 'aaaaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaaa2'];

/** What decisions are made from, without sizes of groups and drives, which are told only as LVM says them. */
function decided({ pvs, vgs, lvs }: LvmReport): unknown {
  return {
    pvs: pvs.map(({ name, uuid, vg: group, missing, duplicate }) => [name, uuid, group, missing, duplicate]),
    vgs: vgs.map(({ name, tags, systemId, missingPvs, exported }) => [
      ...[name, tags, systemId, missingPvs, exported],
    ]),
    lvs: lvs.map(({ vgUuid: _, tags, ...lv }) => ({ ...lv, tags: [...tags].sort() })),
  };
}

/** A disk as a step has it. */
function planned(index: number): Extract<ChangeStep, { kind: 'createPv' }> {
  const name = `nvme${index}`;
  const disk = {
    ...{ serial: `S${index}`, controller: name, namespace: `${name}n1`, path: `/dev/${name}n1` },
    ...{ sizeBytes: 1n, eligible: true },
  };
  return { kind: 'createPv', subject: vg, disk, pvUuid: uuids[index] ?? '' };
}

describe('what a pass expects LVM to say after a change', () => {
  test.each([1, 2])('is what LVM says, with %i drives', async (drives) => {
    const { lvm, files } = await CacheHost.make({ nvme: [{ serial: 'S0' }, { serial: 'S1' }] });
    const pvs = [planned(0), planned(1)].slice(0, drives);
    const devices = pvs.map(({ disk }) => disk.path);
    const tags = ['ai100.managed', 'ai100.formatting'];
    const spec = { vg, name: 'cache', stripes: drives, stripeKiB: 128, tags };
    const retagged = { add: ['ai100.ready'], remove: ['ai100.formatting'] };
    const changes: readonly (readonly [ChangeStep, () => Promise<void>])[] = [
      ...pvs.map((pv) => [pv, () => lvm.createPv({ device: pv.disk.path, uuid: pv.pvUuid })] as const),
      [
        { kind: 'createVg', subject: vg, disks: pvs },
        () => lvm.createVg({ name: vg, devices, tags: ['ai100.managed'] }),
      ],
      [{ kind: 'createLv', subject: vg, spec }, () => lvm.createLv(spec)],
      [
        { kind: 'tagVolume', subject: vg, name: 'cache', ...retagged },
        () => lvm.changeLvTags({ vg, name: 'cache' }, retagged),
      ],
    ];
    let expected: LvmReport | undefined = await lvm.report();
    for (const [step, change] of changes) {
      await change();
      expected = expected && expectedReport(expected, step, scanMappedVolumes(files));
      expect(expected && decided(expected)).toEqual(decided(await lvm.report()));
    }
  });

  test('is not known of a volume that the kernel does not show, or shows on other disks', async () => {
    const { lvm, files } = await CacheHost.make({ nvme: [{ serial: 'S0' }, { serial: 'S1' }] });
    const spec = { vg, name: 'cache', stripes: 1, stripeKiB: 128, tags: [] };
    const step = { kind: 'createLv', subject: vg, spec } as const;
    const { disk, pvUuid } = planned(0);
    await lvm.createPv({ device: disk.path, uuid: pvUuid });
    await lvm.createVg({ name: vg, devices: [disk.path], tags: [] });
    const before = await lvm.report();
    expect(expectedReport(before, step, scanMappedVolumes(files))).toBeUndefined();
    await lvm.createLv(spec);
    const [volume] = scanMappedVolumes(files);
    if (volume === undefined) throw new Error('the volume is not active');
    expect(expectedReport(before, step, [volume])?.lvs).toHaveLength(1);
    expect(expectedReport(before, step, [{ ...volume, slaves: ['nvme1n1'] }])).toBeUndefined();
    expect(expectedReport(before, step, [{ ...volume, suspended: true }])).toBeUndefined();
  });
});
