import { SCRATCH } from '../host/atomic-files.ts';
import { type BlockDevice, blockNodes, blockTree } from '../host/block-tree.ts';
import type { HardwareModel } from '../host/model.ts';
import { linkTo, type TreeEntry, valueFiles } from '../host/tree.ts';

/** A volume that the kernel's device mapper shows. */
export interface MappedVolume {
  /** The N of dm-N. */
  readonly minor: number;
  readonly group: string;
  readonly volume: string;
  /** Identifiers of group and volume, without dashes. */
  readonly uuid: string;
  readonly sectors: number;
  readonly logicalBlockBytes: number;
  readonly physicalBlockBytes: number;
  /** 0 for a linear one. */
  readonly stripeBytes: number;
  /** Sysfs folders of the disks it lies on. */
  readonly slaves: readonly string[];
}

/** The active volumes of a host. */
export interface MappedVolumes {
  readonly volumes: readonly MappedVolume[];
}

/** Major number of the device mapper here; the kernel picks it at load. */
export const MAPPER_MAJOR = 253;

export const mapperModel: HardwareModel<MappedVolumes> = {
  name: 'device-mapper',
  tree: ({ volumes }) => volumes.flatMap(volumeTree),
};

/** E.g. `vg_aidaptiv-cache`; a hyphen in a name is doubled. */
export function mapperName({ group, volume }: Pick<MappedVolume, 'group' | 'volume'>): string {
  return [group, volume].map((name) => name.replaceAll('-', '--')).join('-');
}

function volumeTree(one: MappedVolume): TreeEntry[] {
  const name = `dm-${one.minor}`;
  const folder = `/sys/devices/virtual/block/${name}`;
  const disk: BlockDevice = {
    name,
    folder,
    major: MAPPER_MAJOR,
    minor: one.minor,
    sectors: one.sectors,
    readOnly: false,
    hidden: false,
    queue: {
      logicalBlockBytes: one.logicalBlockBytes,
      physicalBlockBytes: one.physicalBlockBytes,
      more:
        one.stripeBytes === 0
          ? {}
          : {
              minimum_io_size: one.stripeBytes,
              optimal_io_size: one.stripeBytes * one.slaves.length,
            },
    },
    partitions: [],
  };
  return [
    ...blockTree(disk),
    // Its bytes are its own here, not those of the disks below.
    ...blockNodes(disk, `${SCRATCH}/lvm/volumes/${one.uuid}`),
    ...valueFiles(`${folder}/dm`, {
      name: mapperName(one),
      rq_based_seq_io_merge_deadline: 0,
      suspended: 0,
      use_blk_mq: 1,
      uuid: `LVM-${one.uuid}`,
    }),
    ...one.slaves.flatMap((slave) => [
      linkTo(`${folder}/slaves/${slave.split('/').at(-1) ?? ''}`, slave),
      linkTo(`${slave}/holders/${name}`, folder),
    ]),
    linkTo(`/dev/mapper/${mapperName(one)}`, `/dev/${name}`),
    linkTo(`/dev/${one.group}/${one.volume}`, `/dev/${name}`),
  ];
}
