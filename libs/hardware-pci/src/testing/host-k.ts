import { folder, put, putText, type TreeNode } from '../../../host/src/testing/tree.ts';

type Folder = TreeNode & { kind: 'folder' };

/** The folder of a function in these trees. */
export function pciFolder(address: string): string {
  return `/sys/devices/pci0000:00/${address}`;
}

/** Adds a function with its entry on the bus. */
export function putFunction(
  root: Folder,
  address: string,
  attributes: Readonly<Record<string, string>>,
): void {
  for (const [file, text] of Object.entries(attributes))
    putText(root, `${pciFolder(address)}/${file}`, `${text}\n`);
  put(root, `/sys/bus/pci/devices/${address}`, {
    kind: 'link',
    target: `../../../devices/pci0000:00/${address}`,
  });
}

const nic = (vendor: string, device: string, more: Readonly<Record<string, string>> = {}) => ({
  ...{ vendor: `0x${vendor}`, device: `0x${device}`, class: '0x020000' },
  ...{ subsystem_vendor: `0x${vendor}`, numa_node: '1', ...more },
});

/**
 * Host K of the specification: a Cassini 1, a Cassini 2 with one virtual
 * function, a NIC of another maker on an HPE board, and a device without `vendor`.
 */
export function hostK(): Folder {
  const root = folder();
  putFunction(root, '0000:21:00.0', nic('17db', '0501'));
  putFunction(root, '0000:22:00.0', nic('1590', '0371', { sriov_totalvfs: '64' }));
  putFunction(root, '0000:22:00.1', nic('1590', '0372'));
  put(root, `${pciFolder('0000:22:00.1')}/physfn`, { kind: 'link', target: '../0000:22:00.0' });
  putFunction(root, '0000:31:00.0', nic('14e4', '1657', { subsystem_vendor: '0x1590' }));
  putFunction(root, '0000:32:00.0', { device: '0x0501', class: '0x020000' });
  return root;
}
