import { createHash } from 'node:crypto';

/** Bytes a name may have; CSI allows no more of any string (csi.proto). */
export const maxNameBytes = 128;
const prefixLength = 6;

/**
 * The id of a volume, always the same for a name: the beginning of the name,
 * a dash and its SHA-224. At most 63 characters, which LVM and ndctl take as a
 * name. Characters they do not take become `-`; a leading one `x`, which LVM
 * would read as an option.
 */
export function volumeIdOf(name: string): string {
  const digest = createHash('sha224').update(name).digest('hex');
  const prefix = name
    .slice(0, prefixLength)
    .replace(/[^A-Za-z0-9_.-]/g, '-')
    .replace(/^[-.]/, 'x');
  return `${prefix}-${digest}`;
}

/**
 * Ids the older driver gave the same name, which kept every character. Such volumes
 * may be there still.
 */
export function olderVolumeIdOf(name: string): string {
  const digest = createHash('sha224').update(name).digest('hex');
  return `${name.slice(0, prefixLength)}-${digest}`;
}

/** Whether an id can be the name of a file, a logical volume and a namespace. */
export function isVolumeId(id: string): boolean {
  return /^[A-Za-z0-9_+.-]{1,128}$/.test(id) && !/^\.{1,2}$/.test(id);
}
