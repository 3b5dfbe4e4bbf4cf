/// <reference path="./external.d.ts" />
// By path, for prom-client's own index loads much that no agent uses.
import { rackwright } from '@rackwright/keys';
import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import type { HardwareProfile } from '../hardware-profile.ts';
import { countIds } from '../messages.ts';
import type { HardwareDevice } from '../profile/plan.ts';
import type { PluginMetrics } from './plugin-metrics.ts';

const names = rackwright.devicePluginMetric;

/** A plugin's metrics in a Prometheus registry, and what it counts beside its calls. */
export interface PrometheusPluginMetrics extends PluginMetrics {
  cdiUpdated(result: 'written' | 'removed' | 'failed'): void;
}

/** What is counted while the metrics are scraped. */
export interface Offer {
  readonly profiles: readonly HardwareProfile[];
  readonly devices: readonly HardwareDevice[];
}

/**
 * Counts what the plugin does and shows what it offers.
 *
 * @param noun what people call one of the devices, such as `NIC`
 */
export function prometheusPluginMetrics(
  registry: Registry,
  noun: string,
  offer: () => Offer,
): PrometheusPluginMetrics {
  const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const allocations = counter(names.allocations, 'Allocate calls that were answered.', ['resource']);
  const allocated = counter(names.allocatedDevices, 'Device ids that were allocated.', ['resource']);
  const refusals = counter(names.refusals, 'Calls of the kubelet that were refused, by reason.', [
    'resource',
    'call',
    'reason',
  ]);
  const registrations = counter(names.registrations, 'Registrations with the kubelet.', [
    'resource',
    'result',
  ]);
  const listUpdates = counter(names.listUpdates, 'Device lists sent to the kubelet.', ['resource']);
  const cdiUpdates = counter(names.cdiUpdates, 'Changes of the CDI specification file.', ['result']);
  countDevices(registry, offer);
  nameWithheld(registry, noun, offer);
  return {
    registered: (resource, success) =>
      registrations.inc({ resource, result: success ? 'success' : 'failure' }),
    listed: (resource) => listUpdates.inc({ resource }),
    allocated: (resource, devices) => {
      allocations.inc({ resource });
      allocated.inc({ resource }, devices);
    },
    refused: (resource, call, reason) => refusals.inc({ resource, call, reason }),
    cdiUpdated: (result) => cdiUpdates.inc({ result }),
  };
}

function countDevices(registry: Registry, offer: () => Offer): void {
  new Gauge({
    name: names.devices,
    help: 'Device ids offered to the kubelet, by health.',
    labelNames: ['resource', 'health'],
    registers: [registry],
    collect() {
      for (const { resource, devices } of offer().profiles) {
        const healthy = countIds(devices.value.filter((device) => device.healthy));
        this.set({ resource, health: 'Healthy' }, healthy);
        this.set({ resource, health: 'Unhealthy' }, countIds(devices.value) - healthy);
      }
    },
  });
}

function nameWithheld(registry: Registry, noun: string, offer: () => Offer): void {
  new Gauge({
    name: names.withheld,
    help: `${noun}s of the node that are not given to pods, by reason.`,
    labelNames: ['device', 'reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { name, healthy, reason } of offer().devices) {
        if (!healthy) this.set({ device: name, reason }, 1);
      }
    },
  });
}
