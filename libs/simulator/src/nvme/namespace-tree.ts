import { SCRATCH } from '../host/atomic-files.ts';
import { type BlockDevice, blockNodes, blockTree, type Partition } from '../host/block-tree.ts';
import { linkTo, type TreeEntry, textFile, valueFile } from '../host/tree.ts';
import { FIRST_SECTOR, MOST_NAMESPACES, MOST_PARTITIONS } from './check.ts';
import type { NvmeController, NvmeNamespace } from './controller.ts';
import { controllerFolder } from './controller-tree.ts';
import { isMultipath, type NvmeSubsystem, subsystemFolder } from './subsystem.ts';

/** Major number of /dev/ngXnY here; the kernel picks it at load. */
const GENERIC_MAJOR = 507;

/** Minor numbers each disk keeps for itself and its partitions. */
const MINORS = MOST_PARTITIONS + 1;

/** Minor numbers of hidden paths, above those of all disks. */
const FIRST_PATH_MINOR = 0xc_0000;

/** Whether the kernel shows what is behind the controller. */
export function drives(controller: NvmeController): boolean {
  return controller.state !== 'dead' && controller.state !== 'new' && controller.cntrltype === 'io';
}

/** Namespaces the kernel has not lost. */
export function visible({ namespaces, lost }: NvmeController): NvmeNamespace[] {
  return namespaces.filter(({ nsid }) => !lost.includes(nsid));
}

/** The disks of a subsystem that several controllers lead to. */
export function headTree(subsystem: NvmeSubsystem): TreeEntry[] {
  if (!isMultipath(subsystem) || !subsystem.controllers.some(drives)) return [];
  const own = subsystemFolder(subsystem);
  const [first] = subsystem.controllers;
  return visible(first).flatMap((namespace) => {
    const disk = blockDevice(namespace, {
      name: `nvme${subsystem.instance}n${namespace.nsid}`,
      parent: own,
      minor: minorOf(first, namespace),
      hidden: false,
    });
    return [...diskTree(disk, namespace), ...blockNodes(disk, storeOf(first, namespace))];
  });
}

/** The disks of a controller, or its paths to the disks of its subsystem. */
export function namespaceTree(subsystem: NvmeSubsystem, controller: NvmeController): TreeEntry[] {
  const multipath = isMultipath(subsystem);
  const [first] = subsystem.controllers;
  return visible(first).flatMap((namespace) => {
    const path = multipath ? `c${controller.instance}` : '';
    const disk = blockDevice(multipath ? { ...namespace, partitions: [] } : namespace, {
      name: `nvme${subsystem.instance}${path}n${namespace.nsid}`,
      parent: controllerFolder(controller),
      minor: multipath ? pathMinor(controller, namespace) : minorOf(controller, namespace),
      hidden: multipath,
    });
    const shown = diskTree(disk, namespace);
    if (multipath) return shown;
    return [
      ...shown,
      ...blockNodes(disk, storeOf(controller, namespace)),
      ...genericTree(controller, namespace),
    ];
  });
}

function diskTree(disk: BlockDevice, { nsid, wwid }: NvmeNamespace): TreeEntry[] {
  return [...blockTree(disk), valueFile(`${disk.folder}/nsid`, nsid), valueFile(`${disk.folder}/wwid`, wwid)];
}

/** The character device for commands to the namespace. */
function genericTree(controller: NvmeController, { nsid }: NvmeNamespace): TreeEntry[] {
  const name = `ng${controller.instance}n${nsid}`;
  const own = `${controllerFolder(controller)}/${name}`;
  const minor = controller.id * MOST_NAMESPACES + nsid - 1;
  return [
    valueFile(`${own}/dev`, `${GENERIC_MAJOR}:${minor}`),
    textFile(`${own}/uevent`, `MAJOR=${GENERIC_MAJOR}\nMINOR=${minor}\nDEVNAME=${name}\n`),
    linkTo(`${own}/device`, controllerFolder(controller)),
    linkTo(`${own}/subsystem`, '/sys/class/nvme-generic'),
    textFile(`/dev/${name}`, '', 0o600),
    linkTo(`/sys/class/nvme-generic/${name}`, own),
  ];
}

function blockDevice(
  namespace: NvmeNamespace,
  place: Required<Pick<BlockDevice, 'name' | 'parent' | 'minor' | 'hidden'>>,
): BlockDevice {
  return {
    ...place,
    folder: `${place.parent}/${place.name}`,
    sectors: namespace.sectors,
    readOnly: namespace.readOnly,
    queue: {
      logicalBlockBytes: namespace.logicalBlockBytes,
      physicalBlockBytes: namespace.physicalBlockBytes,
      more: queueOfNvme,
    },
    partitions: partitionsOf(namespace),
  };
}

function partitionsOf({ partitions }: NvmeNamespace): Partition[] {
  let startSector = FIRST_SECTOR;
  return partitions.map((sectors, i) => {
    const partition = { number: i + 1, startSector, sectors };
    startSector += sectors;
    return partition;
  });
}

/** What is written on a disk belongs to the drive, whatever its number. */
function storeOf({ serial, id }: NvmeController, { nsid }: NvmeNamespace): string {
  return `${SCRATCH}/nvme/disks/${serial.replaceAll(/[^\w-]/g, '_')}-${id}-${nsid}`;
}

function minorOf({ id }: NvmeController, { nsid }: NvmeNamespace): number {
  return (id * MOST_NAMESPACES + nsid - 1) * MINORS;
}

function pathMinor({ id }: NvmeController, { nsid }: NvmeNamespace): number {
  return FIRST_PATH_MINOR + id * MOST_NAMESPACES + nsid - 1;
}

const queueOfNvme = {
  discard_granularity: 512,
  discard_max_bytes: 2_147_483_136,
  discard_max_hw_bytes: 2_147_483_136,
  dma_alignment: 3,
  fua: 1,
  io_poll_delay: -1,
  io_timeout: 30000,
  iostats: 1,
  max_discard_segments: 255,
  max_hw_sectors_kb: 512,
  max_sectors_kb: 512,
  max_segment_size: 4_294_967_295,
  max_segments: 127,
  nr_requests: 1023,
  optimal_io_size: 512,
  rq_affinity: 1,
  scheduler: '[none] mq-deadline ',
  virt_boundary_mask: 4095,
  wbt_lat_usec: 2000,
  write_zeroes_max_bytes: 524_288,
};
