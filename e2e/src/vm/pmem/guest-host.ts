import { HwError } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { waitUntil } from '@rackwright/testbed';
import type { Case } from '../../case.ts';
import type { MachineEnvironment } from '../machine-suite.ts';
import { startCaller } from './guest-csi.ts';

/** Where the driver keeps its state, on the host's own drive. */
export const stateFolder = '/var/lib/pmem-csi.intel.com';
/** Folders for mounts, as the kubelet has them. */
export const podsFolder = '/var/lib/kubelet/pods';
export const stagingFolder = '/var/lib/kubelet/plugins/kubernetes.io/csi/pmem-csi.intel.com';

/** The only NVMe drive of the machine. */
const hostDevice = '/dev/nvme0n1';

/** The tools of the guest, reached as the driver in its container reaches those of its image. */
export function guestTools({ machine }: MachineEnvironment): HostTools {
  return new HostTools({ runner: machine, root: new HostRoot(), entry: 'tree' });
}

/** Runs commands of a shell in the guest, which end at the first that fails. @throws HwError with what it said */
export async function shell({ machine }: MachineEnvironment, script: string): Promise<string> {
  const { code, stdout, stderr } = await machine.run(['sh', '-ec', script], { deadlineMs: 240_000 });
  if (code !== 0) throw new HwError('Internal', `${script}\nexited with ${code}: ${stderr.trim()}`);
  return stdout;
}

/** Makes the guest a host that has just booted: its drive mounted, what the kubelet makes there. */
export async function bootHost(testEnv: MachineEnvironment): Promise<void> {
  await shell(
    testEnv,
    `mkdir -p ${stateFolder} ${podsFolder} ${stagingFolder}
mountpoint -q ${stateFolder} && exit
blkid --probe ${hostDevice} >/dev/null || mkfs.ext4 -q ${hostDevice}
mount ${hostDevice} ${stateFolder}`,
  );
  await startCaller(testEnv);
}

/** Nothing mounted, no device mapped, no namespaces and labels without any, no state. */
const cleanUp = `for target in $(awk '$5 ~ "^/var/lib/kubelet/" {print $5}' /proc/self/mountinfo | sort -r); do umount $target; done
losetup -D
dmsetup remove_all --force >/dev/null
find /dev -mindepth 2 -maxdepth 2 -lname '*mapper*' -delete
rmdir /dev/ndbus*fsdax 2>/dev/null || true
rm -rf ${podsFolder}/* ${stagingFolder}/* ${stateFolder}/*
ndctl disable-namespace all 2>/dev/null
ndctl disable-region all 2>/dev/null
ndctl init-labels -f all 2>/dev/null
ndctl enable-region all 2>/dev/null`;

/** Leaves a host with persistent memory that nobody has used, but for what may still be in it. */
export async function blankHost(testEnv: MachineEnvironment): Promise<void> {
  if (!testEnv.machine.isOn) await testEnv.machine.powerOn();
  await bootHost(testEnv);
  await shell(testEnv, cleanUp);
}

/** A case that begins with a host nobody has used, and leaves a machine that is on. */
export function onBlankHost(run: Case<MachineEnvironment>['run']): Case<MachineEnvironment>['run'] {
  return async (testEnv, record) => {
    await blankHost(testEnv);
    try {
      await run(testEnv, record);
    } finally {
      if (!testEnv.machine.isOn) await testEnv.machine.powerOn();
    }
  };
}

/** Waits until deleted volumes are overwritten, which is when their state files go. */
export async function untilErased({ machine, clock, signal }: MachineEnvironment): Promise<void> {
  const look = async (): Promise<boolean> => {
    const names = await machine.call('list', { path: stateFolder });
    return !names.some((name) => name.includes('.json'));
  };
  await waitUntil('an empty state folder', look, { clock, signal, deadlineMs: 240_000 });
}
