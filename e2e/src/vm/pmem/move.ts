import { createHash } from 'node:crypto';
import { csi } from '@rackwright/csi';
import type { Case } from '../../case.ts';
import { expectEqual, expectThat } from '../../expect.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { type GuestDriver, withDriver } from './guest-driver.ts';
import { onBlankHost, shell, stateFolder, untilErased } from './guest-host.ts';
import { GuestVolume } from './guest-volume.ts';
import { type Region, regionsOf } from './regions.ts';
import { idOf, type KnownVolume, placesOf, type VolumeWish } from './volume-requests.ts';

const { ControllerService: controller } = csi;
const mebibyte = 2n ** 20n;

/** Nodes on which PMEM-CSI 1.1 ran. */
export const moveCases: readonly Case<MachineEnvironment>[] = [
  {
    name: 'what PMEM-CSI 1.1 left is taken over with the data, a volume that a pod has open too',
    long: true,
    deadlineMs: 900_000,
    run: onBlankHost(async (testEnv) => {
      const [, region] = await regionsOf(testEnv);
      if (region === undefined) throw new Error('there is no region');
      const inUse = olderVolume('pvc-6f6b2c1e-1', 'ext4', 64n);
      const idle = olderVolume('pvc-0d0e5a77-2', 'xfs', 304n);
      const group = await leaveGroup(testEnv, region);
      for (const one of [inUse, idle]) await leaveVolume(testEnv, group, one);
      await leaveRests(testEnv, group, inUse);
      const namespaces = await namesOf(testEnv, region.sizeBytes);
      await leaveMounted(testEnv, group, inUse);
      await withDriver(testEnv, 'lvm', [], async (driver) => {
        expectEqual('namespaces of the region', await namesOf(testEnv, region.sizeBytes), namespaces);
        expectEqual('volumes', await idsOf(driver), [inUse.id, idle.id].sort());
        for (const one of [inUse, idle]) await expectTakenOver(testEnv, driver, one);
        expectEqual('volumes in the end', await idsOf(driver), []);
        await untilErased(testEnv);
        expectEqual(
          'logical volumes in the end',
          (await shell(testEnv, `lvm lvs --noheadings -o lv_name ${group} 2>/dev/null`)).trim(),
          'of-somebody',
        );
      });
    }),
  },
];

/** As the older driver knew it. */
function olderVolume(name: string, fileSystem: VolumeWish['fileSystem'], mebibytes: bigint): KnownVolume {
  const context = {
    ...{ eraseafter: 'true', kataContainers: 'false', name, persistencyModel: 'normal', usage: 'AppDirect' },
    'storage.kubernetes.io/csiProvisionerIdentity': '1650000000000-8081-pmem-csi.intel.com',
  };
  return { wish: { name, mebibytes, fileSystem }, id: idOf(name), context };
}

/** A region as the older driver prepares it: all of it one namespace, in a group of the region's name. */
async function leaveGroup(testEnv: MachineEnvironment, { name }: Region): Promise<string> {
  const group = `ndbus0${name}fsdax`;
  await shell(
    testEnv,
    `ndctl create-namespace -r ${name} -m fsdax -M dev -a 2M -n pmem-csi >/run/namespace.json 2>/dev/null
device=/dev/$(sed -n 's/.*"blockdev":"\\(.*\\)".*/\\1/p' /run/namespace.json)
wipefs --all --force $device >/dev/null
lvm vgcreate --force ${group} $device >/dev/null 2>&1`,
  );
  return group;
}

/** A volume with a file system, 1 MiB in it, and its state file. */
async function leaveVolume(testEnv: MachineEnvironment, group: string, volume: KnownVolume): Promise<void> {
  const { wish, id } = volume;
  const size = wish.mebibytes * mebibyte;
  const device = `/dev/${group}/${id}`;
  const make =
    wish.fileSystem === 'ext4'
      ? `mkfs.ext4 -q -b 4096 -E stride=512,stripe_width=512 -F ${device}`
      : `mkfs.xfs -q -b size=4096 -m reflink=0 -d su=2m,sw=1,agcount=4 -f ${device}`;
  await shell(
    testEnv,
    `lvm lvcreate -Zn -Wn -L ${size}B -n ${id} ${group} >/dev/null 2>&1
dd if=/dev/zero of=${device} bs=1024 count=4 2>/dev/null
${make}
mkdir -p /mnt/older
mount -o dax ${device} /mnt/older
dd if=/dev/zero bs=1M count=1 2>/dev/null | tr '\\0' 'k' > /mnt/older/data
umount /mnt/older`,
  );
  await writeState(testEnv, `${id}.json`, stateText(volume, size));
}

function stateText({ wish, id }: KnownVolume, size: bigint): string {
  const parameters = `"deviceMode":"lvm","eraseafter":"true","kataContainers":"false","name":"${wish.name}","persistencyModel":"normal","usage":"AppDirect"`;
  return `{"id":"${id}","size":${size},"parameters":{${parameters}}}`;
}

/** What crashes left: a file that was being written, one of a volume without device; and a logical volume by hand. */
async function leaveRests(testEnv: MachineEnvironment, group: string, volume: KnownVolume): Promise<void> {
  await writeState(testEnv, `${volume.id}.json.tmp`, '{"id":');
  const planned = olderVolume('pvc-planned', 'ext4', 8n);
  await writeState(testEnv, `${planned.id}.json`, stateText(planned, 8n * mebibyte));
  await shell(testEnv, `lvm lvcreate -Zn -Wn -L 4M -n of-somebody ${group} >/dev/null 2>&1`);
}

async function writeState({ machine }: MachineEnvironment, name: string, text: string): Promise<void> {
  await machine.call('write', { path: `${stateFolder}/${name}`, text });
}

/** A pod has it: staged and published as the older driver does, with a file open. */
async function leaveMounted(testEnv: MachineEnvironment, group: string, volume: KnownVolume): Promise<void> {
  const { staging, target } = placesOf(volume.wish);
  await shell(
    testEnv,
    `mkdir -p ${staging} ${target}
mount -c -o dax /dev/${group}/${volume.id} ${staging}
mount --bind ${staging} ${target}`,
  );
}

/** It serves as it did: for the claim that is created again, mounted, and deleted in the end. */
async function expectTakenOver(
  testEnv: MachineEnvironment,
  driver: GuestDriver,
  older: KnownVolume,
): Promise<void> {
  const again = await GuestVolume.create(testEnv, driver, older.wish);
  expectEqual('id of the claim that is repeated', again.id, older.id);
  const volume = new GuestVolume(testEnv, driver, older);
  await volume.attach();
  expectThat('mapped directly', (await volume.mountLine()).includes('dax'), await volume.mountLine());
  const expected = createHash('sha256')
    .update(Buffer.alloc(1024 ** 2, 'k'))
    .digest('hex');
  expectEqual('the data', await volume.digest('data'), expected);
  await volume.grow(older.wish.mebibytes + 16n);
  await volume.remove();
}

async function idsOf(driver: GuestDriver): Promise<string[]> {
  const { entries } = await driver.csi.call(controller.listVolumes, { maxEntries: 0, startingToken: '' });
  return entries.map(({ volume }) => volume?.volumeId ?? '').sort();
}

/** Namespaces of the region of this size, as they are told apart. */
async function namesOf(testEnv: MachineEnvironment, sizeBytes: number): Promise<string[]> {
  const region = (await regionsOf(testEnv)).find((one) => one.sizeBytes === sizeBytes);
  return region?.namespaces.map(({ name, uuid, rawBytes }) => `${name} ${uuid} ${rawBytes}`) ?? [];
}
