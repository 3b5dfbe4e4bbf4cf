import type { HostReader } from '@rackwright/host';
import type { RawDeviceNode } from './snapshot.ts';

/**
 * Looks for the device node of a NIC. A plain file counts: it stands for the
 * node on simulated hosts. Where the host's /dev is not mounted (the exporter
 * has no use for it) the class `cxi_user` answers: the kernel makes the node
 * with the entry there.
 */
export function readDeviceNode(files: HostReader, name: string): RawDeviceNode {
  const { root } = files;
  const path = root.dev(name);
  const stat = files.stat(path);
  if (stat?.isCharacterDevice()) return { path, present: true, rdev: stat.rdev };
  if (stat !== undefined) return { path, present: stat.isFile() };
  return { path, present: !files.exists(root.dev()) && files.exists(root.sys('class', 'cxi_user', name)) };
}
