import { cxiMetric } from '@rackwright/keys';
import { deviceFamilies } from './device-families.ts';
import type { Family } from './family.ts';
import { retryHandlerFamilies } from './retry-handler-families.ts';
import { scrapeFamilies } from './scrape-families.ts';

/** Every metric but telemetry, whose names the driver decides. */
export const families: readonly Family[] = [...deviceFamilies, ...retryHandlerFamilies, ...scrapeFamilies];

/** The name a telemetry file's counter is exported under. */
export function telemetryMetric(file: string): string {
  return `${cxiMetric.telemetryPrefix}${file}_total`;
}
