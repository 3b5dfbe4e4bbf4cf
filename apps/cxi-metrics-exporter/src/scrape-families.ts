import { cxiMetric } from '@rackwright/keys';
import { sourceNames } from './collection.ts';
import type { Family } from './family.ts';

/** Metrics about the scrape itself. */
export const scrapeFamilies: readonly Family[] = [
  {
    name: cxiMetric.scrapeSuccess,
    type: 'gauge',
    help: 'Whether a source could be read for this scrape: 1 or 0.',
    labels: ['node', 'source'],
    from: 'this app',
    samples: ({ outcomes }) => outcomes.map(({ source, error }) => [{ source }, error === undefined ? 1 : 0]),
  },
  {
    name: cxiMetric.scrapeDuration,
    type: 'gauge',
    help: 'Seconds spent on a source for this scrape.',
    labels: ['node', 'source'],
    from: 'this app',
    samples: ({ outcomes }) => outcomes.map(({ source, seconds }) => [{ source }, seconds]),
  },
  {
    name: cxiMetric.scrapeErrors,
    type: 'counter',
    help: 'Scrapes in which a source could not be read.',
    labels: ['node', 'type'],
    from: 'this app',
    samples: ({ errors }) => sourceNames.map((type) => [{ type }, errors.get(type) ?? 0]),
  },
  {
    name: cxiMetric.lastScrape,
    type: 'gauge',
    help: 'When the values were read, in seconds since the epoch.',
    labels: ['node'],
    from: 'this app',
    samples: ({ at }) => [[{}, at / 1000]],
  },
];
