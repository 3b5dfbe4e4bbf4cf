import { isHwError } from '@rackwright/core';
import { pmemMetric } from '@rackwright/keys';
import { Gauge, Histogram, Registry } from '@rackwright/service';
import { addBuildInfo } from './build-info.ts';
import type { DeviceCapacity, DeviceManager } from './devices/device-manager.ts';
import type { VolumeConditions } from './volumes/conditions.ts';
import type { PendingErase } from './volumes/eraser.ts';

export interface DriverMetricsOptions {
  readonly registry: Registry;
  readonly driver: string;
  readonly node: string;
  readonly version: string;
  /** What volumes are made with. */
  readonly devices: () => Promise<Pick<DeviceManager, 'capacity' | 'unprepared'>>;
  readonly signal: AbortSignal;
  readonly conditions: Pick<VolumeConditions, 'abnormal'>;
  readonly erasing: () => PendingErase;
}

/** As the CSI sidecars of Kubernetes divide the time of calls (csi-lib-utils, metrics), in seconds. */
const buckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600];

/** What PMEM-CSI's driver told, by the same names. */
export class DriverMetrics {
  /** The version alone, for probes: it asks no device. */
  readonly simple = new Registry();
  /** Counts a call of a sidecar or the kubelet. */
  readonly observe: CallTimes;

  constructor(options: DriverMetricsOptions) {
    const { registry, driver, version } = options;
    addBuildInfo(version, [registry, this.simple]);
    this.observe = callTimes(registry, driver, pmemMetric.operations);
    addCapacity(options);
    addUnprepared(options);
    addAbnormal(options);
    addErasing(options);
  }
}

/** Told of a call once it has ended; the code as Go writes it. */
export type CallTimes = (method: string, code: string, seconds: number) => void;

const callMetrics = {
  [pmemMetric.operations]: 'Time of CSI calls in seconds.',
  [pmemMetric.controllerOperations]: 'Time of calls of the controller to nodes in seconds.',
  [pmemMetric.nodeOperations]: 'Time of calls of a node to the controller in seconds.',
} as const;

/** Times calls by method and status. */
export function callTimes(registry: Registry, driver: string, name: keyof typeof callMetrics): CallTimes {
  const calls = new Histogram({
    ...{ name, help: callMetrics[name], buckets, registers: [registry] },
    labelNames: ['driver_name', 'method_name', 'grpc_status_code'],
  });
  return (method, code, seconds) =>
    calls.observe({ driver_name: driver, method_name: method, grpc_status_code: code }, seconds);
}

const amounts = [
  [pmemMetric.available, 'Memory that is free for volumes, in bytes.', 'available'],
  [pmemMetric.managed, 'Memory that volumes may take, in bytes.', 'managed'],
  [pmemMetric.maxVolumeSize, 'Size of the largest volume that can be made now, in bytes.', 'maxVolumeSize'],
  [pmemMetric.total, 'All persistent memory of the node, in bytes.', 'total'],
] as const;

/** The devices are asked once for all four; what is not known is left out. */
function addCapacity({ registry, driver, node, devices, signal }: DriverMetricsOptions): void {
  let asked: Promise<DeviceCapacity | undefined> | undefined;
  const ask = (): Promise<DeviceCapacity | undefined> => {
    asked ??= devices()
      .then((manager) => manager.capacity(signal))
      .catch(() => undefined)
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  for (const [name, help, field] of amounts) {
    new Gauge({
      ...{ name, help, labelNames: ['driver_name', 'node'], registers: [registry] },
      async collect() {
        const known = await ask();
        this.reset();
        if (known !== undefined) this.set({ driver_name: driver, node }, Number(known[field]));
      },
    });
  }
}

/** The reason by its kind; the whole of it is in the log. */
function addUnprepared({ registry, driver, node, devices }: DriverMetricsOptions): void {
  new Gauge({
    ...{ name: pmemMetric.regionUnprepared, registers: [registry] },
    help: '1 for a region in which no more volumes can be made; it is tried again.',
    labelNames: ['driver_name', 'node', 'region', 'reason'],
    async collect() {
      const { unprepared = new Map<string, unknown>() } = await devices();
      this.reset();
      for (const [region, error] of unprepared) {
        const reason = isHwError(error) ? error.code : 'Internal';
        this.set({ driver_name: driver, node, region, reason }, 1);
      }
    },
  });
}

function addAbnormal({ registry, driver, node, conditions }: DriverMetricsOptions): void {
  new Gauge({
    name: pmemMetric.volumeAbnormal,
    help: '1 for a volume in use with which something is wrong; others are left out.',
    ...{ labelNames: ['driver_name', 'node', 'volume'], registers: [registry] },
    collect() {
      this.reset();
      for (const volume of conditions.abnormal) this.set({ driver_name: driver, node, volume }, 1);
    },
  });
}

const erasures = [
  [pmemMetric.eraseBytes, 'Memory of deleted volumes that is still to be overwritten, in bytes.', 'bytes'],
  [pmemMetric.eraseVolumes, 'Deleted volumes that are not gone yet.', 'volumes'],
] as const;

function addErasing({ registry, driver, node, erasing }: DriverMetricsOptions): void {
  for (const [name, help, field] of erasures) {
    new Gauge({
      ...{ name, help, labelNames: ['driver_name', 'node'], registers: [registry] },
      collect() {
        this.set({ driver_name: driver, node }, Number(erasing()[field]));
      },
    });
  }
}
