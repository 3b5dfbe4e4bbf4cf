import { folder, put, putText, type TreeNode } from '../../../host/src/testing/tree.ts';

/** Attributes of a healthy Cassini 1 function, as the driver writes them (spec §9.2). */
export const cassini1: Readonly<Record<string, string>> = {
  vendor: '0x17db\n',
  device: '0x0501\n',
  numa_node: '0\n',
  local_cpulist: '0-15,64-79\n',
  enable: '1\n',
  uevent: 'DRIVER=cxi_ss1\nPCI_ID=17DB:0501\nPCI_SLOT_NAME=0000:21:00.0\n',
  'properties/nid': '0x12\n',
  'properties/speed': '200000\n',
  'properties/link': '1\n',
  'properties/cassini_version': '1.1\n',
  'properties/driver_rev': '[unknown]\n',
  'properties/rgids_avail': '256\n',
  'properties/pct_eq': '3\n',
  'properties/pcie_corr_err': '7\n',
  'properties/pcie_uncorr_err': '0\n',
  'port/speed': 'BS_200G',
  'net/hsn3/address': '02:00:00:00:00:12\n',
  'fru/part_number': 'P43012-001\n',
  'fru/serial_number': 'HA0123\n',
  'uc/qspi_blob_version': '1.6.0.326\n',
  'link_restarts/time_0': '1700000300\n',
  'link_restarts/time_1': '1700000100\n',
  'link_restarts/time_2': '0\n',
};

/** Attributes of a healthy Cassini 2 function; `properties/speed` is the misleading default. */
export const cassini2: Readonly<Record<string, string>> = {
  vendor: '0x1590\n',
  device: '0x0371\n',
  numa_node: '1\n',
  'properties/nid': '0x13\n',
  'properties/speed': '200000\n',
  'properties/link': '1\n',
  'properties/cassini_version': '2.0\n',
  'properties/driver_rev': '9ce667e\n',
  'properties/pct_eq': '0\n',
  'port/0/link/speed': 'ck400G\n',
  'port/0/link/state': 'up\n',
};

/** The host path of a function's PCI folder in these trees. */
export function pciFolder(pci: string): string {
  return `/sys/devices/pci0000:20/${pci}`;
}

/** Adds one NIC function and its class entry. */
export function putNic(
  root: TreeNode & { kind: 'folder' },
  name: string,
  pci: string,
  attributes: Readonly<Record<string, string>>,
): void {
  const base = pciFolder(pci);
  put(root, `${base}/cxi/${name}`, folder([['device', { kind: 'link', target: `../../../${pci}` }]]));
  put(root, `/sys/class/cxi/${name}`, {
    kind: 'link',
    target: `../../devices/pci0000:20/${pci}/cxi/${name}`,
  });
  for (const [file, text] of Object.entries(attributes)) putText(root, `${base}/${file}`, text);
}
