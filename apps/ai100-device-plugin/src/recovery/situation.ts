import type { HostReader } from '@rackwright/host';
import { diskUsers, hostMounts } from '@rackwright/storage';
import type { TrackedDrive } from '../health/health-tracker.ts';
import type { CacheVolume } from '../units/volume.ts';
import type { DriveSituation } from './snapshot.ts';

/** What speaks against touching each of the drives, as the host has it now. @throws UnreadableError */
export function driveSituations(
  drives: readonly TrackedDrive[],
  volumes: readonly CacheVolume[],
  files: HostReader,
  allocatedUnits: number | undefined,
): DriveSituation[] {
  const own = volumes.map(({ hostPath }) => `mounted at ${hostPath}`);
  const users = diskUsers(files, hostMounts(files)).filter(({ use }) => !own.includes(use));
  return drives.map(({ serial, health, controller }): DriveSituation => {
    const names = controller?.namespaces.map(({ name }) => name) ?? [];
    const isOurs = volumes.some(({ members }) => members.includes(serial));
    const use = isOurs
      ? users.find(({ devices }) => names.some((name) => devices.includes(name)))?.use
      : unknownUse;
    const address = controller?.pciAddress;
    return {
      ...{ serial, health, allocatedUnits },
      ...(controller !== undefined && { controller: controller.name }),
      ...(controller?.state !== undefined && { controllerState: controller.state }),
      ...(address !== undefined && { pciAddress: address }),
      hasNamespace: names.length > 0,
      ...(use !== undefined && { otherUse: use }),
      hasSiblings: address !== undefined && hasSiblings(files, address),
    };
  });
}

/** Of a drive outside of the cache. */
const unknownUse = 'it is not part of the cache, and what is on it is not ours';

/** Other functions of the same PCI device that have a driver. */
function hasSiblings(files: HostReader, address: string): boolean {
  const device = address.replace(/\.[0-7]$/, '.');
  const functions = files.list(files.root.sys('bus', 'pci', 'devices'));
  return functions.some(
    (name) =>
      name.startsWith(device) &&
      name !== address &&
      files.exists(files.root.sys('bus', 'pci', 'devices', name, 'driver')),
  );
}

/** Which boot of the host this is; empty where it does not say. */
export function bootId(files: HostReader): string {
  return (files.readText(files.root.proc('sys', 'kernel', 'random', 'boot_id')) ?? '').trim();
}
