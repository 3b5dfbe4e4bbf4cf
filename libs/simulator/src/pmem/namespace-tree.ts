import type { TreeEntry } from '../host/tree.ts';
import { diskTree } from './disk-tree.ts';
import { seedOf } from './namespaces.ts';
import { hexValue, ndDeviceTree, nodeValues, regionFolder } from './nd-device.ts';
import type { PmemNamespace, PmemRegion } from './region.ts';
import type { PmemMode } from './spec.ts';

/** What sysfs calls the modes of ndctl. */
const sysfsMode: Readonly<Record<PmemMode, string>> = {
  raw: 'raw',
  fsdax: 'memory',
  devdax: 'dax',
  sector: 'safe',
};

/** A namespace; the disk of a raw one is below it. */
export function namespaceTree(region: PmemRegion, namespace: PmemNamespace, bound: boolean): TreeEntry[] {
  const name = `namespace${region.id}.${namespace.id}`;
  const folder = `${regionFolder(region)}/${name}`;
  const shown = bound && namespace.enabled && namespace.mode === 'raw';
  const holder = namespace.enabled ? namespace.holder : undefined;
  return [
    ...ndDeviceTree({
      name,
      folder,
      ...(region.labelled ? labelled : unlabelled),
      driver: shown ? 'nd_pmem' : undefined,
      values: {
        ...(region.labelled ? labelValues(namespace) : { nstype: 4 }),
        force_raw: 0,
        holder: holder === undefined ? '' : `${holder.kind}${region.id}.${holder.id}`,
        holder_class: holder?.kind ?? '',
        mode: sysfsMode[namespace.mode],
        ...nodeValues(region),
        resource: hexValue(region.start + namespace.start),
        size: namespace.bytes,
      },
    }),
    ...(shown ? diskTree(region, namespace, folder) : []),
  ];
}

/** The namespace that is configured next. */
export function seedTree(region: PmemRegion): TreeEntry[] {
  const name = `namespace${region.id}.${seedOf(region, 'namespace')}`;
  return ndDeviceTree({
    name,
    folder: `${regionFolder(region)}/${name}`,
    ...labelled,
    driver: undefined,
    values: {
      alt_name: '',
      dpa_extents: 0,
      force_raw: 0,
      holder: '',
      holder_class: '',
      mode: 'raw',
      nstype: 5,
      ...nodeValues(region),
      sector_size: '512 4096 ',
      size: 0,
      uuid: '',
    },
  });
}

const labelled = { devtype: 'nd_namespace_pmem', type: 5 };
const unlabelled = { devtype: 'nd_namespace_io', type: 4 };

function labelValues(namespace: PmemNamespace): Record<string, string | number> {
  return {
    alt_name: namespace.name,
    dpa_extents: 1,
    nstype: 5,
    sector_size: selected([512, 4096], namespace.sectorSize),
    uuid: namespace.uuid,
  };
}

/** Choices as the kernel lists them, the one in use in brackets. */
export function selected(choices: readonly number[], chosen: number | undefined): string {
  return choices.map((one) => (one === chosen ? `[${one}] ` : `${one} `)).join('');
}
