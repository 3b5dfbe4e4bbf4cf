import { createHash } from 'node:crypto';
import type { Collection } from '../collect/collection.ts';

/** Changes when a drive comes, goes, or has other firmware or another size. */
export function inventoryDigest({ drives, disks }: Pick<Collection, 'drives' | 'disks'>): string {
  const lines = [
    ...drives.map(({ controller: { serial, model, firmware, namespaces } }) =>
      JSON.stringify([serial, model, firmware, namespaces.map(({ sizeBytes }) => String(sizeBytes))]),
    ),
    ...disks.map(({ name, sizeBytes }) => JSON.stringify([name, String(sizeBytes)])),
  ];
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
