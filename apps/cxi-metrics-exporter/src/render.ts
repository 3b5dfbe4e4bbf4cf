import type { Collection } from './collection.ts';
import { Exposition, formatLabels } from './exposition.ts';
import { families } from './families.ts';
import type { FamilySettings } from './family.ts';

export interface RenderSettings extends FamilySettings {
  /** Value of the label `node`. */
  readonly node: string;
}

/** Writes a collection as exposition text, without telemetry. A metric without series is left out. */
export function renderCollection(collection: Collection, settings: RenderSettings): string {
  const exposition = new Exposition();
  for (const family of families) {
    const samples = family.samples(collection, settings);
    if (samples.length === 0) continue;
    exposition.family(family.name, family.type, family.help);
    for (const [labels, value] of samples) {
      const all = { ...labels, node: settings.node };
      exposition.sample(family.name, formatLabels(family.labels, all), value);
    }
  }
  return exposition.text();
}
