/** Prints, as JSON, the snapshot that the agents' scanner takes of this machine's NVMe controllers. */
import { scanNvme } from '@rackwright/hardware-nvme';
import { HostFiles, HostRoot } from '@rackwright/host';

process.stdout.write(`${JSON.stringify(scanNvme(new HostFiles(new HostRoot())))}\n`);
