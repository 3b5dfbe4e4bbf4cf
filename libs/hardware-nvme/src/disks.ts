import { compareNatural } from '@rackwright/core';
import { type HostReader, NotingReader } from '@rackwright/host';

/** A disk that is no NVMe drive. */
export interface Disk {
  readonly name: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly sizeBytes?: bigint;
  readonly rotational?: boolean;
}

/** Most disks that are looked at. */
const maxDisks = 256;
const sectorBytes = 512n;

/** Reads the disks with a device behind them that are no NVMe drives. Does not throw. */
export function scanDisks(files: HostReader): Disk[] {
  const reader = new NotingReader(files);
  const folder = files.root.sys('block');
  const isOther = (name: string): boolean =>
    !/^nvme\d/.test(name) && reader.try(false, () => files.exists(`${folder}/${name}/device`));
  return files.batch(() =>
    reader.names(folder, isOther, compareNatural, maxDisks).map((name) => {
      const { vendor, model } = reader.texts(`${folder}/${name}/device`, ['vendor', 'model']);
      const text = reader.texts(`${folder}/${name}`, ['size', 'queue/rotational']);
      const rotational = { '0': false, '1': true }[text['queue/rotational'] ?? ''];
      return {
        name,
        ...(vendor !== undefined && { vendor: vendor.slice(0, 64) }),
        ...(model !== undefined && { model: model.slice(0, 64) }),
        ...(/^\d{1,16}$/.test(text.size ?? '') && { sizeBytes: BigInt(text.size ?? '') * sectorBytes }),
        ...(rotational !== undefined && { rotational }),
      };
    }),
  );
}
