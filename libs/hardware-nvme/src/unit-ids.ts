import { createHash } from 'node:crypto';
import type { NvmeController } from './controllers.ts';

/** Device ids of the kubelet have at most as many characters as a label value. */
const maxIdLength = 63;
const prefix = 'ai100-';

/** Ids for the kubelet, by name of the controller. */
export interface UnitIds {
  readonly ids: ReadonlyMap<string, string>;
  /** Serial numbers that several drives have, or none. */
  readonly ambiguous: readonly string[];
}

/**
 * What the kubelet calls each drive: by its serial number, which stays over a
 * reboot, unlike the number of the controller. Drives without one, or with the
 * same as another, go by a digest of what else tells them apart. Pure.
 */
export function unitIds(controllers: readonly NvmeController[]): UnitIds {
  const counts = new Map<string, number>();
  for (const one of controllers) {
    const id = bySerial(one);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const isUnique = (id: string): boolean => id !== prefix && counts.get(id) === 1;
  return {
    ids: new Map(
      controllers.map((one) => [one.name, isUnique(bySerial(one)) ? bySerial(one) : byDigest(one)]),
    ),
    ambiguous: [
      ...new Set(controllers.filter((one) => !isUnique(bySerial(one))).map(({ serial = '' }) => serial)),
    ],
  };
}

function bySerial({ serial = '' }: NvmeController): string {
  const word = serial.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return (prefix + word).slice(0, maxIdLength).replace(/-+$/, '-');
}

function byDigest({ namespaces: [first], serial = '', pciAddress = '' }: NvmeController): string {
  const digest = createHash('sha256').update(first?.wwid ?? `${serial} ${pciAddress}`);
  return `${prefix}w-${digest.digest('hex').slice(0, 16)}`;
}
