import { type NvmeController, type NvmeSnapshot, nvmeControllers } from '@rackwright/hardware-nvme';
import { HostRoot } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { type DriveSpec, waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { cacheDrives } from './drives.ts';

/** The tools of the guest, reached as an agent in a container reaches those of its host. */
export function guestTools({ machine }: MachineEnvironment): HostTools {
  return new HostTools({ runner: machine, root: new HostRoot(), entry: 'pid1' });
}

/** What the agents' scanner sees in the guest. */
export async function scanGuest({ machine }: MachineEnvironment): Promise<NvmeController[]> {
  const { code, stdout, stderr } = await machine.run([process.execPath, machine.program('scan')]);
  if (code !== 0) throw new Error(`scan exited with ${code}: ${stderr}`);
  return nvmeControllers(JSON.parse(stdout) as NvmeSnapshot);
}

/** The block device of a drive in the guest, such as `/dev/nvme0n1`; it may be another after a plug. */
export async function deviceOf(testEnv: MachineEnvironment, drive: DriveSpec): Promise<string> {
  const { namespace } = await driveInGuest(testEnv, drive);
  return `/dev/${namespace}`;
}

/** Waits until the guest has a drive with its namespace; resolves with the name of its controller. */
export async function controllerOf(testEnv: MachineEnvironment, drive: DriveSpec): Promise<string> {
  return (await driveInGuest(testEnv, drive)).controller;
}

/**
 * A namespace need not have the number of its controller: that of a drive which
 * comes back while something still holds its block device is `nvme2n2` below `nvme3`.
 */
function driveInGuest(
  testEnv: MachineEnvironment,
  drive: DriveSpec,
): Promise<{ readonly controller: string; readonly namespace: string }> {
  const { clock, signal } = testEnv;
  const look = (): ReturnType<typeof findDrive> => findDrive(testEnv, drive);
  return waitUntil(`drive ${drive.name} in the guest`, look, { clock, signal, deadlineMs: 30_000 });
}

async function findDrive(
  { machine }: MachineEnvironment,
  drive: DriveSpec,
): Promise<{ readonly controller: string; readonly namespace: string } | undefined> {
  const folder = '/sys/class/nvme';
  for (const controller of await machine.call('list', { path: folder })) {
    const serial = await machine.call('read', { path: `${folder}/${controller}/serial` });
    if (serial?.trim() !== drive.serial) continue;
    const names = await machine.call('list', { path: `${folder}/${controller}` });
    // With native multipath it is one path of the namespace that stands there, nvme2c3n2.
    const [found] = names.flatMap((name) => /^(nvme\d+)(?:c\d+)?(n\d+)$/.exec(name)?.slice(1).join('') ?? []);
    if (found !== undefined) return { controller, namespace: found };
  }
  return undefined;
}

/** The folder of a group whose disks are gone stays where there is no udev, and LVM makes no group of its name. */
const cleanUp = `umount /mnt/* /run/ai100/staging 2>/dev/null; lvm vgchange --activate n; dmsetup remove_all --force
find /dev/mapper -type l -delete; find /dev -mindepth 2 -maxdepth 2 -lname '*mapper*' -delete; rmdir /dev/vg_* /dev/ai 2>/dev/null`;

/**
 * Leaves the machine to the next case: nothing mounted below /mnt, no device
 * mapped, these drives plugged in, well and blank.
 */
export async function blankDrives(
  testEnv: MachineEnvironment,
  drives: readonly DriveSpec[] = cacheDrives,
): Promise<void> {
  const { machine } = testEnv;
  await machine.run(['sh', '-c', cleanUp]);
  const held: DriveSpec[] = [];
  for (const drive of drives) if (!(await clearInPlace(testEnv, drive))) held.push(drive);
  await machine.drives.blank(held);
  for (const drive of drives) await controllerOf(testEnv, drive);
}

/** A kernel takes five seconds to let a drive be pulled: one that nothing in the guest has open is cleared where it is. */
async function clearInPlace(testEnv: MachineEnvironment, drive: DriveSpec): Promise<boolean> {
  const { machine } = testEnv;
  const found = await findDrive(testEnv, drive);
  if (found === undefined) return false;
  const { controller, namespace } = found;
  const state = await machine.call('read', { path: `/sys/class/nvme/${controller}/state` });
  const holders = await machine.call('list', { path: `/sys/block/${namespace}/holders` });
  if (state?.trim() !== 'live' || holders.length > 0) return false;
  const device = `/dev/${namespace}`;
  await machine.run(['blockdev', '--flushbufs', device]);
  await machine.drives.clear(drive);
  // The kernel refuses it for a disk that something has for itself.
  return (await machine.run(['blockdev', '--flushbufs', '--rereadpt', device])).code === 0;
}

/** Every case that uses them begins with blank drives and leaves blank ones. */
export function withBlankDrives(
  run: Case<MachineEnvironment>['run'],
  drives: readonly DriveSpec[] = cacheDrives,
): Case<MachineEnvironment>['run'] {
  return async (testEnv, record) => {
    await blankDrives(testEnv, drives);
    try {
      await run(testEnv, record);
    } finally {
      if (!testEnv.machine.isOn) await testEnv.machine.powerOn();
    }
    await blankDrives(testEnv, drives);
  };
}
