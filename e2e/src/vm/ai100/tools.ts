import { randomUUID } from 'node:crypto';
import {
  type LogicalVolume,
  Lvm,
  makeFileSystem,
  mount,
  probeSignatures,
  unmount,
} from '@rackwright/storage';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { cacheDrives, first, second, usableBytes } from './drives.ts';
import { deviceOf, guestTools, withBlankDrives } from './guest-host.ts';

const vg = 'vg_aidaptiv';
const name = 'cache';
const stripeKiB = 128;
const target = '/mnt/cache';
const source = `/dev/${vg}/${name}`;
/** UUIDs as LVM writes them; each drive has its own. */
const uuids = ['aaaaaa-bbbb-cccc-dddd-eeee-ffff-000001', 'aaaaaa-bbbb-cccc-dddd-eeee-ffff-000002'];

/** Makes a striped volume with XFS over both drives, as a node gets its cache. */
async function makeVolume(testEnv: MachineEnvironment): Promise<LogicalVolume | undefined> {
  const tools = guestTools(testEnv);
  const lvm = new Lvm(tools);
  const devices = [await deviceOf(testEnv, first), await deviceOf(testEnv, second)];
  for (const [i, device] of devices.entries()) await lvm.createPv({ device, uuid: uuids[i] ?? '' });
  await lvm.createVg({ name: vg, devices, tags: ['ai100.managed'] });
  await lvm.createLv({ vg, name, stripes: 2, stripeKiB, tags: ['ai100.formatting'] });
  const geometry = { stripes: 2, stripeKiB };
  await makeFileSystem(tools, { device: source, type: 'xfs', uuid: randomUUID(), geometry });
  await lvm.changeLvTags({ vg, name }, { add: ['ai100.ready'], remove: ['ai100.formatting'] });
  return (await lvm.report()).lvs.find((lv) => lv.name === name);
}

async function mountVolume(testEnv: MachineEnvironment): Promise<void> {
  await testEnv.machine.run(['mkdir', '-p', target]);
  await mount(guestTools(testEnv), { source, target, type: 'xfs', options: ['noatime', 'nosuid', 'nodev'] });
}

/** Our typed commands over the real lvm2, mkfs, mount and blkid, with real device mapper and real drives. */
export const toolCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'two drives become one striped volume with XFS that fits its stripes',
    run: withBlankDrives(async (testEnv) => {
      const lv = await makeVolume(testEnv);
      expectEqual('stripes', lv?.stripes, 2);
      expectEqual('stripe size', lv?.stripeBytes, BigInt(stripeKiB * 1024));
      const usable = cacheDrives.map(usableBytes).reduce((sum, bytes) => sum + bytes, 0n);
      expectEqual('size', lv?.sizeBytes, usable);
      expectEqual('tags', lv?.tags, ['ai100.ready']);
      await mountVolume(testEnv);
      const { stdout } = await testEnv.machine.run(['xfs_info', target]);
      expectThat('XFS is of the fifth version', /crc=1/.test(stdout), stdout);
      expectThat('XFS knows the stripes', /sunit=32\s+swidth=64 blks/.test(stdout), stdout);
      await unmount(guestTools(testEnv), target);
    }),
  },
  {
    name: 'what was synced to the volume is there after the machine lost its power',
    run: withBlankDrives(async (testEnv) => {
      const { machine } = testEnv;
      await makeVolume(testEnv);
      await mountVolume(testEnv);
      await machine.run(['sh', '-c', `echo kept > ${target}/synced && sync -f ${target}/synced`]);
      await machine.run(['sh', '-c', `echo lost > ${target}/not-synced`]);
      await machine.powerOff();
      await machine.powerOn();
      await new Lvm(guestTools(testEnv)).activate(vg);
      await mountVolume(testEnv);
      expectEqual('synced file', await machine.call('read', { path: `${target}/synced` }), 'kept\n');
      const other = await machine.call('read', { path: `${target}/not-synced` });
      expectThat('what was not synced is not whole', other !== 'lost\n', other);
    }),
  },
  {
    name: 'a volume whose drive is pulled says so, and is whole again with the drive',
    run: withBlankDrives(async (testEnv) => {
      const { machine } = testEnv;
      const lvm = new Lvm(guestTools(testEnv));
      await makeVolume(testEnv);
      await lvm.deactivate(vg);
      await machine.drives.unplug(second);
      const [group] = (await lvm.report()).vgs;
      expectEqual('missing physical volumes', group?.missingPvs, 1);
      const [partial] = (await lvm.report()).lvs;
      expectEqual('partial', partial?.partial, true);
      await machine.drives.plug(second);
      await deviceOf(testEnv, second);
      await lvm.activate(vg);
      const [whole] = (await lvm.report()).lvs;
      expectEqual('partial', whole?.partial, false);
      expectEqual('active', whole?.active, true);
      await mountVolume(testEnv);
    }),
  },
  {
    name: 'writes that a drive refuses fail in the file system, and the data before them stays',
    run: withBlankDrives(async (testEnv) => {
      const { machine } = testEnv;
      await makeVolume(testEnv);
      await mountVolume(testEnv);
      await machine.run(['sh', '-c', `echo kept > ${target}/before && sync -f ${target}/before`]);
      await machine.drives.failWrites(first);
      await machine.drives.failWrites(second);
      const write = ['dd', 'if=/dev/zero', `of=${target}/after`, 'bs=1M', 'count=4', 'oflag=direct'] as const;
      const { code, stderr } = await machine.run(write);
      expectThat('a write fails', code !== 0, stderr);
      await machine.run(['umount', target]);
      await machine.drives.heal(first);
      await machine.drives.heal(second);
      await mountVolume(testEnv);
      expectEqual('data', await machine.call('read', { path: `${target}/before` }), 'kept\n');
    }),
  },
  {
    name: 'a physical volume is seen for what it is by the probe of the gates',
    run: withBlankDrives(async (testEnv) => {
      const tools = guestTools(testEnv);
      const device = await deviceOf(testEnv, first);
      expectEqual('probe of a blank drive', await probeSignatures(tools, device), { kind: 'nothing' });
      await new Lvm(tools).createPv({ device, uuid: uuids[0] ?? '' });
      const probe = await probeSignatures(tools, device);
      expectThat('an LVM member is found', probe.kind === 'found' && probe.type === 'LVM2_member', probe);
    }),
  },
];
