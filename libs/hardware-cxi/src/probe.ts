import type { HostReader } from '@rackwright/host';
import { cxiNames } from './scan.ts';
import type { CxiSnapshot } from './snapshot.ts';

/** Attributes whose change agents act on at once. */
const watched = ['properties/link', 'properties/pct_eq'] as const;

/**
 * A text that changes when the set of devices, a link, a retry handler or a
 * device node does.
 *
 * @param snapshot the last full scan, which knows where each device's folder is
 */
export function probeCxi(files: HostReader, snapshot: CxiSnapshot): string {
  const parts = [cxiNames(files).join()];
  for (const { folder, devNode } of snapshot.devices) {
    for (const file of watched) parts.push((folder && files.readTrimmed(`${folder}/${file}`)) ?? '');
    parts.push(String(files.exists(devNode.path)));
  }
  return parts.join('|');
}
