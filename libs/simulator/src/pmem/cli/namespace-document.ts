import type { PmemNamespace, PmemRegion } from '../region.ts';
import { usableBytes } from '../sizes.ts';

/** What stands for no uuid. */
const NO_UUID = '00000000-0000-0000-0000-000000000000';

/** A namespace as `ndctl` prints it. */
export function namespaceDocument(
  region: PmemRegion,
  namespace: PmemNamespace,
  verbose: boolean,
): Record<string, unknown> {
  const { mode, holder, name, uuid, enabled } = namespace;
  const pages = mode === 'fsdax' || mode === 'devdax';
  const disk = `pmem${region.id}${namespace.id === 0 ? '' : `.${namespace.id}`}${mode === 'sector' ? 's' : ''}`;
  return {
    dev: `namespace${region.id}.${namespace.id}`,
    mode,
    ...(pages && { map: 'dev' }),
    size: usableBytes(namespace),
    ...((region.labelled || holder !== undefined) && { uuid: holder?.uuid ?? uuid }),
    ...(region.labelled && verbose && { raw_uuid: uuid }),
    ...(mode !== 'devdax' && { sector_size: namespace.sectorSize }),
    ...(pages && { align: namespace.align }),
    ...(mode === 'devdax' && enabled && { chardev: `dax${region.id}.${namespace.id}` }),
    ...(mode !== 'devdax' && enabled && { blockdev: disk }),
    ...(!enabled && { state: 'disabled' }),
    ...(name !== '' && { name }),
  };
}

/** The namespace the kernel keeps ready. */
export function seedDocument({ id }: PmemRegion, seed: number): Record<string, unknown> {
  return {
    ...{ dev: `namespace${id}.${seed}`, mode: 'raw', size: 0, uuid: NO_UUID },
    ...{ sector_size: 512, state: 'disabled' },
  };
}
