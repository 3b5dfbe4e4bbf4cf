import { linkTo, type TreeEntry, textFile, valueFiles } from '../host/tree.ts';
import { diskTree } from './disk-tree.ts';
import { selected } from './namespace-tree.ts';
import { hexValue, ndDeviceTree, nodeValues, regionFolder } from './nd-device.ts';
import type { HolderKind, PmemNamespace, PmemRegion } from './region.ts';
import { pfnOffset, usableBytes } from './sizes.ts';

/** Major number of /dev/daxX.Y here; the kernel picks it at load. */
const DAX_MAJOR = 504;

const sectorSizes = [512, 520, 528, 4096, 4104, 4160, 4224];
const type = { btt: 5, pfn: 5, dax: 7 } as const;

/** What turns a namespace into a disk or a character device; nothing for a raw one or while it is disabled. */
export function holderTree(region: PmemRegion, namespace: PmemNamespace, bound: boolean): TreeEntry[] {
  const { holder } = namespace;
  if (holder === undefined || !namespace.enabled) return [];
  const name = `${holder.kind}${region.id}.${holder.id}`;
  const folder = `${regionFolder(region)}/${name}`;
  const driver = holder.kind === 'dax' ? 'dax_pmem' : 'nd_pmem';
  return [
    ...ndDeviceTree({
      name,
      folder,
      devtype: `nd_${holder.kind}`,
      type: type[holder.kind],
      driver: bound ? driver : undefined,
      values: {
        namespace: `namespace${region.id}.${namespace.id}`,
        ...nodeValues(region),
        size: usableBytes(namespace),
        uuid: holder.uuid,
        ...(holder.kind === 'btt' ? bttValues(namespace.sectorSize) : pageValues(region, namespace)),
      },
    }),
    ...(bound ? shown(region, namespace, folder) : []),
  ];
}

/** One that is configured next. */
export function idleHolder(region: PmemRegion, kind: HolderKind, id: number): TreeEntry[] {
  const name = `${kind}${region.id}.${id}`;
  const page = { align: 2_097_152, mode: 'none', supported_alignments: alignments };
  return ndDeviceTree({
    name,
    folder: `${regionFolder(region)}/${name}`,
    devtype: `nd_${kind}`,
    type: region.labelled ? type[kind] : { ...type, btt: 4, pfn: 4 }[kind],
    driver: undefined,
    values: {
      namespace: '',
      ...nodeValues(region),
      uuid: '',
      ...(kind === 'btt' ? bttValues(undefined) : page),
    },
  });
}

const alignments = '4096 2097152 1073741824 ';

function bttValues(sectorSize: number | undefined): Record<string, string> {
  return { log_zero_flags: 'Y', sector_size: selected(sectorSizes, sectorSize) };
}

function pageValues(region: PmemRegion, namespace: PmemNamespace): Record<string, string | number> {
  return {
    align: namespace.align,
    mode: 'pmem',
    resource: hexValue(dataStart(region, namespace)),
    supported_alignments: alignments,
  };
}

function dataStart(region: PmemRegion, { start, bytes, align }: PmemNamespace): number {
  return region.start + start + pfnOffset(bytes, align);
}

function shown(region: PmemRegion, namespace: PmemNamespace, folder: string): TreeEntry[] {
  return namespace.mode === 'devdax'
    ? characterDevice(region, namespace, folder)
    : diskTree(region, namespace, folder);
}

function characterDevice(region: PmemRegion, namespace: PmemNamespace, folder: string): TreeEntry[] {
  const name = `dax${region.id}.${namespace.id}`;
  const own = `${folder}/${name}`;
  const minor = region.id * 64 + namespace.id;
  const size = usableBytes(namespace);
  const start = dataStart(region, namespace);
  return [
    ...valueFiles(own, {
      align: namespace.align,
      dev: `${DAX_MAJOR}:${minor}`,
      modalias: 'dax:t0',
      ...nodeValues(region),
      resource: hexValue(start),
      size,
    }),
    ...valueFiles(`${own}/mapping0`, {
      end: hexValue(start + size - 1),
      page_offset: '0x0',
      start: hexValue(start),
    }),
    ...valueFiles(`${folder}/dax_region`, { align: namespace.align, id: region.id, size }),
    textFile(
      `${own}/uevent`,
      `MAJOR=${DAX_MAJOR}\nMINOR=${minor}\nDEVNAME=${name}\nDRIVER=device_dax\nMODALIAS=dax:t0\n`,
    ),
    textFile(`/dev/${name}`, '', 0o600),
    linkTo(`${own}/driver`, '/sys/bus/dax/drivers/device_dax'),
    linkTo(`${own}/subsystem`, '/sys/bus/dax'),
    linkTo(`/sys/bus/dax/devices/${name}`, own),
  ];
}
