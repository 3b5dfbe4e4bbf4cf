import { defineOptions } from '@rackwright/service';
import { isDevice, mountPath, podPath, revisions } from './checks.ts';

/** A device below /dev that needs no `..` to be named. */
const devicePath = (path: string): string | undefined =>
  /^\/dev(\/[A-Za-z0-9_:.+-]*[A-Za-z0-9_:+-])+$/.test(path)
    ? undefined
    : 'must be the path of a block device';

/** The flags of the older plugin, by which its users' `arguments` start ours. */
export const olderOptions = defineOptions({
  olderHostPath: {
    flag: 'm',
    type: 'string',
    single: true,
    description:
      'Where on the host the cache is mounted, in place of --cache-host-path. A path below /dev is a block device with XFS or ext4 on it, which is mounted at /mnt/nvme0 and never formatted.',
    validate: (path) => (isDevice(path) ? devicePath(path) : mountPath(path)),
  },
  olderPodPath: {
    flag: 'p',
    type: 'string',
    single: true,
    description: 'Where the cache is in containers, in place of --cache-pod-path.',
    validate: podPath,
  },
  olderFirmware: {
    flag: 'f',
    type: 'list',
    single: true,
    description: 'Firmware the drives must have, in place of --firmware.',
    validate: revisions,
  },
  skipFirmwareCheck: {
    flag: 'skip_firmware_check',
    type: 'boolean',
    single: true,
    description:
      'Take every NVMe drive for a candidate, whatever its firmware and model; that it is empty and unused is checked all the same.',
  },
});
