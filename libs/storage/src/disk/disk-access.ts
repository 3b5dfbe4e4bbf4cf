import type { HostReader } from '@rackwright/host';
import type { HostTools } from '../host-tools.ts';
import type { DiskAccess } from './disk.ts';
import { KernelDisks } from './kernel-disks.ts';
import { StandInDisks } from './stand-in-disks.ts';

/** The disks of the host whose tools are run: the kernel's own, unless the host is a tree below a folder. */
export function diskAccess(tools: HostTools, files: HostReader): DiskAccess {
  const isSimulated = tools.entry === 'tree' && tools.root.prefix !== '/';
  return isSimulated ? new StandInDisks(files) : new KernelDisks(files);
}
