import { compareNatural } from '@rackwright/core';
import { type HostReader, NotingReader } from '@rackwright/host';

/** A logical volume of LVM that is active, as device mapper shows it. */
export interface MappedVolume {
  readonly vg: string;
  readonly lv: string;
  /** As LVM writes it. */
  readonly uuid: string;
  /** `major:minor`. */
  readonly device: string;
  readonly sizeBytes: bigint;
  /** The device holds back what it is asked for. */
  readonly suspended: boolean;
  /** Block devices it lies on. */
  readonly slaves: readonly string[];
}

/** Most volumes that are looked at, and devices of one. */
const maxVolumes = 1024;
const maxSlaves = 64;
const sectorBytes = 512n;

/** Reads the active volumes of LVM from sysfs; no tool is run. Does not throw. */
export function scanMappedVolumes(files: HostReader): MappedVolume[] {
  const reader = new NotingReader(files);
  const folder = files.root.sys('block');
  const isMapped = (name: string): boolean => /^dm-\d{1,6}$/.test(name);
  return files.batch(() =>
    reader.names(folder, isMapped, compareNatural, maxVolumes).flatMap((name) => {
      const at = `${folder}/${name}`;
      const text = reader.texts(at, ['dm/name', 'dm/uuid', 'dm/suspended', 'dev', 'size']);
      const names = volumeNames(text['dm/name'] ?? '');
      // A volume without a group's and a volume's id is none of LVM's, or a part of one.
      const ids = /^LVM-[A-Za-z0-9]{32}([A-Za-z0-9]{32})$/.exec(text['dm/uuid'] ?? '');
      const { dev: device = '', size = '' } = text;
      if (names === undefined || ids === null || !/^\d+:\d+$/.test(device) || !/^\d{1,16}$/.test(size))
        return [];
      return [
        {
          ...names,
          uuid: (ids[1] ?? '').replace(
            /^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/,
            '$1-$2-$3-$4-$5-$6-$7',
          ),
          device,
          sizeBytes: BigInt(size) * sectorBytes,
          suspended: text['dm/suspended'] === '1',
          slaves: reader.names(`${at}/slaves`, () => true, compareNatural, maxSlaves),
        },
      ];
    }),
  );
}

/** `vg-lv`, in which a hyphen of a name is written twice. Undefined for anything else. */
export function volumeNames(name: string): { readonly vg: string; readonly lv: string } | undefined {
  const parts = /^((?:[^-]|--)+)-((?:[^-]|--)+)$/.exec(name);
  if (parts === null) return undefined;
  const [vg = '', lv = ''] = parts.slice(1).map((part) => part.replaceAll('--', '-'));
  return { vg, lv };
}
