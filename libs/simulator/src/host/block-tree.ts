import { folder, linkTo, type TreeEntry, textFile, valueFile, valueFiles } from './tree.ts';

/** A part of a disk. */
export interface Partition {
  readonly number: number;
  readonly startSector: number;
  readonly sectors: number;
}

/** A disk as the block layer shows it. */
export interface BlockDevice {
  readonly name: string;
  /** The device it belongs to; a virtual disk belongs to none. */
  readonly parent?: string;
  /** Absolute host path of its own folder. */
  readonly folder: string;
  /** Default that of disks without one of their own. */
  readonly major?: number;
  /** Partitions have the minor numbers that follow. */
  readonly minor: number;
  /** Of 512 bytes, whatever the logical block size. */
  readonly sectors: number;
  readonly readOnly: boolean;
  /** Hidden ones are paths of a multipath disk: they have no node in /dev. */
  readonly hidden: boolean;
  readonly queue: QueueLimits;
  readonly partitions: readonly Partition[];
}

/** What makes the queues of disks different. */
export interface QueueLimits {
  readonly logicalBlockBytes: number;
  readonly physicalBlockBytes: number;
  readonly more: Readonly<Record<string, string | number>>;
}

/** Major number of disks without one of their own (block/genhd.c, blkext). */
export const BLOCK_MAJOR = 259;

/** Folders every machine with disks has. */
export const blockFolders: readonly TreeEntry[] = [
  '/sys/block',
  '/sys/class/block',
  '/sys/dev/block',
  '/sys/devices/virtual',
].map(folder);

/** A disk and its partitions in sysfs; what is special to a kind of disk is left to it. */
export function blockTree(disk: BlockDevice): TreeEntry[] {
  const id = `${disk.major ?? BLOCK_MAJOR}:${disk.minor}`;
  return [
    ...common(disk.folder, id, disk.sectors, disk.readOnly),
    ...valueFiles(disk.folder, {
      capability: 0,
      diskseq: disk.minor + 1,
      events_poll_msecs: -1,
      ext_range: 256,
      hidden: disk.hidden ? 1 : 0,
      range: 0,
      removable: 0,
    }),
    textFile(`${disk.folder}/events`, ''),
    textFile(`${disk.folder}/events_async`, ''),
    textFile(`${disk.folder}/uevent`, uevent(id, disk.name, 'disk', [`DISKSEQ=${disk.minor + 1}`])),
    ...(disk.parent === undefined ? [] : [linkTo(`${disk.folder}/device`, disk.parent)]),
    linkTo(`${disk.folder}/bdi`, `/sys/devices/virtual/bdi/${id}`),
    folder(`${disk.folder}/slaves`),
    ...valueFiles(`${disk.folder}/integrity`, integrity),
    ...queueTree(disk),
    ...disk.partitions.flatMap((part) => partitionTree(disk, part)),
    linkTo(`/sys/dev/block/${id}`, disk.folder),
    linkTo(`/sys/class/block/${disk.name}`, disk.folder),
    linkTo(`/sys/block/${disk.name}`, disk.folder),
  ];
}

/** The nodes of a disk and its partitions; what is written on the disk is kept at `store`. */
export function blockNodes(disk: BlockDevice, store: string): TreeEntry[] {
  if (disk.hidden) return [];
  return [
    { kind: 'disk', path: `/dev/${disk.name}`, store, size: disk.sectors * 512 },
    ...disk.partitions.map((part) => textFile(`/dev/${partitionName(disk.name, part)}`, '', 0o660)),
  ];
}

/** E.g. `nvme0n1p1`, `sda1`. */
export function partitionName(disk: string, { number }: Partition): string {
  return `${disk}${/\d$/.test(disk) ? 'p' : ''}${number}`;
}

function partitionTree(disk: BlockDevice, part: Partition): TreeEntry[] {
  const name = partitionName(disk.name, part);
  const own = `${disk.folder}/${name}`;
  const minor = disk.minor + part.number;
  const id = `${BLOCK_MAJOR}:${minor}`;
  const more = [`DISKSEQ=${disk.minor + 1}`, `PARTN=${part.number}`];
  return [
    ...common(own, id, part.sectors, disk.readOnly),
    valueFile(`${own}/partition`, part.number),
    valueFile(`${own}/start`, part.startSector),
    textFile(`${own}/uevent`, uevent(id, name, 'partition', more)),
    linkTo(`/sys/dev/block/${id}`, own),
    linkTo(`/sys/class/block/${name}`, own),
  ];
}

function common(own: string, id: string, sectors: number, readOnly: boolean): TreeEntry[] {
  return [
    ...valueFiles(own, {
      alignment_offset: 0,
      dev: id,
      discard_alignment: 0,
      ro: readOnly ? 1 : 0,
      size: sectors,
    }),
    textFile(`${own}/inflight`, `${columns(2)}\n`),
    textFile(`${own}/stat`, `${columns(17)}\n`),
    folder(`${own}/holders`),
    linkTo(`${own}/subsystem`, '/sys/class/block'),
  ];
}

function queueTree({ folder: own, queue }: BlockDevice): TreeEntry[] {
  return valueFiles(`${own}/queue`, {
    ...queueDefaults,
    hw_sector_size: queue.logicalBlockBytes,
    logical_block_size: queue.logicalBlockBytes,
    physical_block_size: queue.physicalBlockBytes,
    minimum_io_size: queue.physicalBlockBytes,
    ...queue.more,
  });
}

const queueDefaults = {
  add_random: 0,
  chunk_sectors: 0,
  dax: 0,
  discard_granularity: 0,
  discard_max_bytes: 0,
  discard_max_hw_bytes: 0,
  discard_zeroes_data: 0,
  fua: 0,
  io_poll: 0,
  io_poll_delay: 0,
  max_integrity_segments: 0,
  max_segments: 128,
  nomerges: 0,
  nr_zones: 0,
  optimal_io_size: 0,
  read_ahead_kb: 128,
  rotational: 0,
  scheduler: 'none',
  stable_writes: 0,
  virt_boundary_mask: 0,
  write_cache: 'write back',
  write_same_max_bytes: 0,
  write_zeroes_max_bytes: 0,
  zone_append_max_bytes: 0,
  zone_write_granularity: 0,
  zoned: 'none',
};

const integrity = {
  device_is_integrity_capable: 0,
  format: 'none',
  protection_interval_bytes: 0,
  read_verify: 0,
  tag_size: 0,
  write_generate: 0,
};

function uevent(id: string, name: string, type: string, more: readonly string[]): string {
  const [major, minor] = id.split(':');
  return `${[`MAJOR=${major}`, `MINOR=${minor}`, `DEVNAME=${name}`, `DEVTYPE=${type}`, ...more].join('\n')}\n`;
}

/** Counters as the kernel prints them, each eight wide. */
function columns(count: number): string {
  return new Array<string>(count).fill('       0').join(' ');
}
