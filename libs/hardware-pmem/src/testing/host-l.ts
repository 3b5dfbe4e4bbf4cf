import { folder, put, putText, type TreeNode } from '../../../host/src/testing/tree.ts';

type Folder = TreeNode & { kind: 'folder' };

/** Adds one device of libnvdimm with its entry on the bus. */
export function putNdDevice(root: Folder, path: string, attributes: Readonly<Record<string, string>>): void {
  const base = `/sys/devices/LNXSYSTM:00/ndbus0/${path}`;
  put(root, base, folder());
  for (const [file, text] of Object.entries(attributes)) putText(root, `${base}/${file}`, `${text}\n`);
  const name = path.slice(path.lastIndexOf('/') + 1);
  put(root, `/sys/bus/nd/devices/${name}`, {
    kind: 'link',
    target: `../../../devices/LNXSYSTM:00/ndbus0/${path}`,
  });
}

/** Host L of the specification: one region all of which is an fsdax namespace, and the empty devices beside it. */
export function hostL(): Folder {
  const root = folder();
  putHostL(root);
  return root;
}

/** Puts the persistent memory of host L into a tree. */
export function putHostL(root: Folder): void {
  putNdDevice(root, 'nmem0', { devtype: 'nvdimm' });
  putNdDevice(root, 'region0', {
    ...{ devtype: 'nd_pmem', size: '270582939648', available_size: '0', numa_node: '0', read_only: '0' },
    persistence_domain: 'memory_controller',
  });
  const namespace = { devtype: 'nd_namespace_pmem' };
  putNdDevice(root, 'region0/namespace0.0', { ...namespace, mode: 'memory', size: '266352984064' });
  putNdDevice(root, 'region0/namespace0.1', { ...namespace, mode: 'raw', size: '0' });
  putNdDevice(root, 'region0/dax0.0', { devtype: 'nd_dax', size: '0' });
}

/** Host L2: only a region that is volatile. */
export function hostL2(): Folder {
  const root = folder();
  putNdDevice(root, 'region0', { devtype: 'nd_volatile', size: '270582939648' });
  putNdDevice(root, 'region0/namespace0.0', { devtype: 'nd_namespace_io', mode: 'raw', size: '1024' });
  return root;
}
