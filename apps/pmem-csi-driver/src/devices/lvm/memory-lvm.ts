import { HostRoot } from '@rackwright/host';
import { type HostTools, Lvm } from '@rackwright/storage';

/**
 * LVM sees persistent memory alone, whatever else the node has, and makes the
 * nodes in /dev itself: there is no udev in a container.
 */
const config = [
  `devices { use_devicesfile=0 obtain_device_list_from_udev=0 filter=["a|^${new HostRoot().dev('pmem')}[0-9.]+s?$|","r|.*|"] }`,
  'activation { udev_sync=0 udev_rules=0 monitoring=0 }',
  'backup { backup=0 archive=0 }',
].join(' ');

/** lvm2 for persistent memory. */
export function memoryLvm(tools: HostTools): Lvm {
  return new Lvm(tools, { config });
}
