import { folder, put, putText, type TreeNode } from '../../../host/src/testing/tree.ts';

type Folder = TreeNode & { kind: 'folder' };

/** One NVMe disk in a tree. */
export interface NvmeDisk {
  /** Number of the controller. */
  readonly number: number;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly vendor?: string;
  /** In sectors of 512 bytes; none while the disk is dead. */
  readonly sectors?: string;
}

/** The folder of a disk's PCI function in these trees. */
export function diskFolder(number: number): string {
  return `/sys/devices/pci0000:40/0000:4${number}:00.0`;
}

/** An AI100 disk of 2 TB as the driver shows it. */
export const ai100: Readonly<Record<string, string>> = {
  model: 'PASCARI AI100E                          ',
  firmware_rev: 'EIFZ00.1',
  transport: 'pcie',
  state: 'live',
  numa_node: '0',
  cntlid: '1',
  cntrltype: 'io',
};

/** Adds a controller with its namespace, its class entry and its block device. */
export function putDisk(
  root: Folder,
  { number, attributes = {}, vendor = '0x1987', sectors }: NvmeDisk,
): void {
  const pci = diskFolder(number);
  const controller = `${pci}/nvme/nvme${number}`;
  const texts = { ...ai100, serial: `AI1E2T024000000${number}    `, ...attributes };
  for (const [file, text] of Object.entries(texts)) putText(root, `${controller}/${file}`, `${text}\n`);
  putText(root, `${controller}/address`, `0000:4${number}:00.0\n`);
  putText(root, `${pci}/vendor`, `${vendor}\n`);
  putText(root, `${pci}/device`, '0x5026\n');
  put(root, `${controller}/device`, { kind: 'link', target: '../..' });
  const target = `../../devices/${controller.slice('/sys/devices/'.length)}`;
  put(root, `/sys/class/nvme/nvme${number}`, { kind: 'link', target });
  if (sectors === undefined) return;
  const block = `${controller}/nvme${number}n1`;
  for (const [file, text] of Object.entries({ size: sectors, nsid: '1', 'queue/rotational': '0' }))
    putText(root, `${block}/${file}`, `${text}\n`);
  put(root, `/sys/block/nvme${number}n1`, { kind: 'link', target: `../${block.slice('/sys/'.length)}` });
}

/** Host A of the specification: two healthy AI100 disks of 2 TB. */
export function hostA(): Folder {
  const root = folder();
  for (const number of [1, 2]) putDisk(root, { number, sectors: '3907029168' });
  return root;
}
