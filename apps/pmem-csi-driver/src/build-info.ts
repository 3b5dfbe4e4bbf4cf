import { pmemMetric } from '@rackwright/keys';
import { Gauge, type Registry } from '@rackwright/service';

/** Tells the version in each of the registries. */
export function addBuildInfo(version: string, registers: readonly Registry[]): void {
  new Gauge({
    name: pmemMetric.buildInfo,
    help: 'Version of the driver; always 1.',
    labelNames: ['version'],
    registers: [...registers],
  }).set({ version }, 1);
}
