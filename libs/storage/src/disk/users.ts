import type { HostReader, Mount } from '@rackwright/host';

/** Something of the running host that stands on a disk. */
export interface DiskUser {
  /** `mounted at /boot`, `used for swap`. */
  readonly use: string;
  /** Names of all block devices below it, itself included. */
  readonly devices: readonly string[];
}

/** Block devices stand on each other at most so deep. */
const maxDepth = 16;

/** File systems of no block device, such as tmpfs and overlay, have numbers with this major (UNNAMED_MAJOR of the kernel). */
const noBlockDevice = '0:';

/**
 * What of the host stands on which disks: every mounted block device and every
 * swap, with all that lies below them, through partitions, LVM, RAID and
 * encryption.
 *
 * @throws UnreadableError if it cannot be found out
 */
export function diskUsers(files: HostReader, mounts: readonly Mount[]): DiskUser[] {
  // A node has hundreds of mounts, most of them of no disk, or of the one that the kubelet binds into pods.
  const mounted = mounts.filter(({ device }) => !device.startsWith(noBlockDevice));
  const devicesOf = new Map(
    [...new Set(mounted.map(({ device }) => device))].map((device) => [
      device,
      below(files, files.root.sys('dev', 'block', device)),
    ]),
  );
  const uses = mounted.flatMap(({ device, mountPoint }) => {
    const devices = devicesOf.get(device) ?? [];
    return devices.length === 0 ? [] : [{ use: `mounted at ${mountPoint}`, devices }];
  });
  return [...uses, ...swaps(files)];
}

/** The first line of /proc/swaps has the names of the columns. */
function swaps(files: HostReader): DiskUser[] {
  const lines = (files.readText(files.root.proc('swaps')) ?? '').split('\n').slice(1);
  return lines.flatMap((line) => {
    const path = line.split(/\s/)[0] ?? '';
    if (!path.startsWith(`${files.root.dev()}/`)) return [];
    const name = (files.resolve(path) ?? path).split('/').at(-1) ?? '';
    return [{ use: 'used for swap', devices: below(files, files.root.sys('class', 'block', name)) }];
  });
}

/** Names of a block device and all it stands on: the disk of a partition, the slaves of a volume. */
export function below(files: HostReader, folder: string, depth = 0): string[] {
  const real = files.resolve(folder);
  if (real === undefined || depth > maxDepth) return [];
  const name = real.split('/').at(-1) ?? '';
  const isPartition = files.exists(`${real}/partition`);
  const parent = isPartition ? below(files, real.slice(0, real.lastIndexOf('/')), depth + 1) : [];
  const slaves = files.list(`${real}/slaves`);
  const deeper = slaves.flatMap((slave) => below(files, files.root.sys('class', 'block', slave), depth + 1));
  return [...new Set([name, ...parent, ...deeper])];
}
