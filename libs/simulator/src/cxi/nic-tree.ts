import type { DeviceNode } from '../host/device-node.ts';
import { folder, link, type TreeEntry, textFile, valueFiles } from '../host/tree.ts';
import { boardTree } from './board-tree.ts';
import type { NicFunction } from './nic.ts';
import { propertiesTree } from './properties-tree.ts';
import { errorFlagTree, trafficClassTree } from './qos-tree.ts';
import { telemetryTree } from './telemetry-tree.ts';

/** Major number of /dev/cxiN here; the kernel picks it at load. */
const CXI_MAJOR = 509;

/** What appears when cxi_ss1 binds to the function. */
export function coreTree(nic: NicFunction, nowMs: number): TreeEntry[] {
  const own = `${nic.folder}/cxi/${nic.name}`;
  return [
    ...propertiesTree(nic),
    ...telemetryTree(nic, nowMs),
    ...(nic.kind === 'pf' ? [...boardTree(nic), ...errorFlagTree(nic), ...trafficClassTree(nic)] : []),
    link(`${nic.folder}/driver`, '../../../../bus/pci/drivers/cxi_ss1'),
    link(`/sys/bus/pci/drivers/cxi_ss1/${nic.pciAddress}`, `../../../../${nic.folder.slice('/sys/'.length)}`),
    link(`${own}/device`, `../../../${nic.pciAddress}`),
    link(`${own}/subsystem`, `${up(own)}class/cxi`),
    textFile(`${own}/uevent`, ''),
    link(`/sys/class/cxi/${nic.name}`, `../../${own.slice('/sys/'.length)}`),
  ];
}

/** The node in /dev that is there while cxi_user is loaded. */
export function deviceNode(nic: NicFunction): DeviceNode {
  return { name: nic.name, type: 'c', major: CXI_MAJOR, minor: nic.minor, mode: 0o666 };
}

/** What appears when cxi_user is loaded; the node in /dev is made apart. */
export function userTree(nic: NicFunction): TreeEntry[] {
  const own = `${nic.folder}/cxi_user/${nic.name}`;
  return [
    folder(`${own}/clients`),
    link(`${own}/device`, `../../../${nic.pciAddress}`),
    link(`${own}/subsystem`, `${up(own)}class/cxi_user`),
    textFile(`${own}/dev`, `${CXI_MAJOR}:${nic.minor}\n`),
    textFile(`${own}/uevent`, `MAJOR=${CXI_MAJOR}\nMINOR=${nic.minor}\nDEVNAME=${nic.name}\nDEVMODE=0666\n`),
    link(`/sys/class/cxi_user/${nic.name}`, `../../${own.slice('/sys/'.length)}`),
  ];
}

/** What appears when cxi_eth is loaded. */
export function ethernetTree(nic: NicFunction): TreeEntry[] {
  const own = `${nic.folder}/net/${nic.netdev}`;
  const running = nic.spec.link !== 'down';
  return [
    ...valueFiles(own, {
      address: nic.mac,
      addr_assign_type: 3,
      ifindex: 3 + nic.slot * 65 + (nic.vfIndex ?? -1) + 1,
      mtu: 9000,
      type: 1,
      flags: '0x1003',
      operstate: running ? 'up' : 'down',
      carrier: running ? 1 : 0,
      speed: nic.spec.speedMbps ?? 200000,
    }),
    link(`${own}/device`, `../../../${nic.pciAddress}`),
    link(`${own}/subsystem`, `${up(own)}class/net`),
    textFile(
      `${own}/uevent`,
      `INTERFACE=${nic.netdev}\nIFINDEX=${3 + nic.slot * 65 + (nic.vfIndex ?? -1) + 1}\n`,
    ),
    link(`/sys/class/net/${nic.netdev}`, `../../${own.slice('/sys/'.length)}`),
  ];
}

/** The way from inside `path` up to /sys. */
function up(path: string): string {
  return '../'.repeat(path.split('/').length - 2);
}
