import { nvmeMetric } from '@rackwright/keys';
import type { Collection } from '../collect/collection.ts';
import { cacheFamilies } from './cache-families.ts';
import { exporterFamilies } from './exporter-families.ts';
import { formatFamily } from './exposition.ts';
import type { Family } from './family.ts';
import { hostFamilies } from './host-families.ts';
import { logFamilies } from './log-families.ts';

/** Every metric that comes from a collection. */
export const families: readonly Family[] = [
  ...hostFamilies,
  ...logFamilies,
  ...cacheFamilies,
  ...exporterFamilies,
];

/** Which exporter this is. */
export interface BuildInfo {
  readonly version: string;
  readonly commit: string;
}

/** Writes a collection as exposition text. A metric without series is left out. */
export function renderMetrics(collection: Collection, { version, commit }: BuildInfo): string {
  const build = formatFamily(
    { name: nvmeMetric.buildInfo, type: 'gauge', help: 'Version of the exporter; always 1.' },
    [[{ version, commit }, 1]],
  );
  return families.map((family) => formatFamily(family, family.samples(collection))).join('') + build;
}
