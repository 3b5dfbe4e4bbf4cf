import { systemClock as clock } from '@rackwright/core';
import type { SimulatedHost } from '@rackwright/simulator';
import type { BenchFamily } from './bench-family.ts';
import type { BenchProcess } from './bench-process.ts';
import type { PlainKubelet } from './testing/kubelet.ts';

/** What the processes are kept busy with. */
export interface Load {
  readonly processes: readonly BenchProcess[];
  readonly families: readonly BenchFamily[];
  readonly host: SimulatedHost;
  readonly kubelet: PlainKubelet;
  readonly seconds: number;
  readonly scrapesPerSecond: number;
  /** Nothing happens but a scrape every 15 seconds, as on a quiet node. */
  readonly idle: boolean;
}

/**
 * Scrapes every process, has things happen to the hardware of each family, and
 * starts a pod each second; takes a sample each second. Resolves with the share
 * of a core each process used.
 */
export async function underLoad(load: Load): Promise<number[]> {
  const { processes, seconds } = load;
  const before = processes.map((each) => each.cpuSeconds());
  const began = clock.monotonic();
  for (let second = 0; second < seconds; second++) {
    if (!load.idle) await Promise.all([changes(load, second), scrapes(load)]);
    else if (second % 15 === 0) await Promise.all(processes.map((each) => each.fetch('/metrics')));
    for (const each of processes) each.sample();
    await clock.sleep(Math.max(0, began + (second + 1) * 1000 - clock.monotonic()));
  }
  const passed = (clock.monotonic() - began) / 1000;
  return processes.map((each, i) => (each.cpuSeconds() - (before[i] ?? 0)) / passed);
}

async function scrapes({ processes, scrapesPerSecond }: Load): Promise<void> {
  for (let i = 0; i < scrapesPerSecond; i++) {
    await Promise.all(processes.map((each) => each.fetch('/metrics')));
    await clock.sleep(900 / scrapesPerSecond);
  }
}

async function changes({ host, kubelet, families }: Load, second: number): Promise<void> {
  await Promise.all([allocations(kubelet), ...families.map((family) => family.change(host, second))]);
}

/** Asks each plugin for one device, as for a pod that starts. */
async function allocations(kubelet: PlainKubelet): Promise<void> {
  for (const [resource, { devices }] of kubelet.plugins.value) {
    const [device] = devices.value ?? [];
    // A device that has just become unhealthy is refused; that is load, too.
    if (device !== undefined) await kubelet.allocate(resource, [device.ID]).catch(() => undefined);
  }
}
