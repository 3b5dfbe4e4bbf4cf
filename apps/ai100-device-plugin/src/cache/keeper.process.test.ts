import { writeFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { faults } from '@rackwright/simulator';
import { mountAt } from '@rackwright/storage';
import { CacheHost } from './testing/cache-host.ts';

jest.setTimeout(180_000);

const two = { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] };

describe('a node with two drives', () => {
  test('gets one striped volume with the geometry of the specification, by these commands', async () => {
    const node = await CacheHost.make(two);
    const { state, volumes } = await node.reconcile();
    expect(state).toBe('Ready');
    expect(volumes).toMatchObject([
      {
        ...{
          vg: 'vg_aidaptiv',
          lv: 'cache',
          stripes: 2,
          stripeBytes: 131_072n,
          sizeBytes: 4_000_795_590_656n,
        },
        ...{ fileSystem: 'xfs', hostPath: '/mnt/nvme0', mounted: true, members: ['FIRST', 'SECOND'] },
      },
    ]);
    expect(node.changes().map((line) => line.replaceAll(/[\w-]{32,}/g, 'UUID'))).toEqual([
      'lvm pvcreate --norestorefile --uuid UUID /dev/nvme0n1',
      'lvm pvcreate --norestorefile --uuid UUID /dev/nvme1n1',
      'lvm vgcreate --addtag ai100.managed vg_aidaptiv /dev/nvme0n1 /dev/nvme1n1',
      expect.stringMatching(
        /^lvm lvcreate --name cache --extents 100%FREE --stripes 2 --stripesize 128k --zero n --wipesignatures n --addtag ai100.managed --addtag ai100.formatting --addtag ai100.cluster=\w{16} vg_aidaptiv$/,
      ),
      'mkfs.xfs -m crc=1,uuid=UUID -d su=128k,sw=2 /dev/vg_aidaptiv/cache',
      'mount -t xfs -o noatime,nosuid,nodev /dev/vg_aidaptiv/cache /run/ai100/staging',
      'umount /run/ai100/staging',
      'lvm lvchange --addtag ai100.ready --addtag ai100.fs=xfs/UUID --deltag ai100.formatting vg_aidaptiv/cache',
      'mount -t xfs -o noatime,nosuid,nodev /dev/vg_aidaptiv/cache /mnt/nvme0',
    ]);
    expect(mountAt(node.mounts(), '/mnt/nvme0')?.device).toBe(volumes[0]?.device);
  });

  test('LVM is asked anew only where a change says too little', async () => {
    const node = await CacheHost.make(two);
    await node.reconcile();
    const commands = node.host.commands
      .journal()
      .map(({ command, args: [word = ''] }) => `${command} ${word}`);
    const lvm = commands.filter((line) => line.startsWith('lvm ')).map((line) => line.slice('lvm '.length));
    expect(lvm).toEqual([
      // To see what is to be done, and again as the one process that does it.
      ...['fullreport', 'fullreport', 'pvcreate'],
      // The kernel shows the volume; what is told of it is what LVM says once it is mounted.
      ...['pvcreate', 'vgcreate', 'lvcreate', 'lvchange', 'fullreport'],
    ]);
    // Each disk is looked at before anything is written, and right before it is written to itself.
    expect(commands.filter((line) => line.startsWith('blkid'))).toHaveLength(4);
  });

  test('changes nothing in twenty restarts of the agent', async () => {
    const node = await CacheHost.make(two);
    await node.reconcile();
    const before = node.changes();
    for (let i = 0; i < 20; i++) {
      node.restart();
      expect((await node.reconcile()).state).toBe('Ready');
    }
    expect(node.changes()).toEqual(before);
  });

  test('has its cache and what was in it again after a reboot with other device names', async () => {
    const node = await CacheHost.make(two);
    await node.reconcile();
    const before = node.changes();
    writeFileSync(node.host.root.path('/mnt/nvme0/model.bin'), 'weights');
    await faults.nvmeRenumbered(node.host).apply();
    node.restart();
    expect((await node.reconcile()).state).toBe('Ready');
    expect(node.read('/mnt/nvme0/model.bin')).toBe('weights');
    expect(node.changes().slice(before.length)).toEqual([
      'mount -t xfs -o noatime,nosuid,nodev /dev/vg_aidaptiv/cache /mnt/nvme0',
    ]);
  });
});
