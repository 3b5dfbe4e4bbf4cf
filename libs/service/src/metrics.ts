import { readdirSync, readFileSync, statSync } from 'node:fs';
import { HostRoot } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import { Counter, Gauge, Registry } from './prometheus.ts';

export interface ProcessMetricsOptions {
  readonly app: string;
  readonly version: string;
  /** Start of the process in milliseconds since the epoch. */
  readonly startedAtMs: number;
}

const PAGE = 4096;

/**
 * A registry with what every app tells of itself: its version, and a few
 * numbers of its process that are read only while it is scraped.
 */
export function createMetrics(options: ProcessMetricsOptions): Registry {
  const registry = new Registry();
  const names = rackwright.metric;
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      },
    });
  };
  new Gauge({
    name: names.buildInfo,
    help: 'Version of the app and of Node; always 1.',
    labelNames: ['app', 'version', 'node_version'],
    registers: [registry],
  }).set({ app: options.app, version: options.version, node_version: process.versions.node }, 1);
  gauge(
    names.processStart,
    'Start of the process in seconds since the epoch.',
    () => options.startedAtMs / 1000,
  );
  new Counter({
    name: names.processCpu,
    help: 'CPU time of the process in seconds, user and system.',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(cpuSeconds());
    },
  });
  gauge(names.processResident, 'Resident memory of the process.', () => statm()?.resident);
  gauge(
    names.processAnonymous,
    'Memory of the process that no other process shares.',
    () => statm()?.anonymous,
  );
  gauge(names.processOpenFiles, 'Open file descriptors of the process.', openFiles);
  gauge(names.heapUsed, 'Used part of the JavaScript heap.', () => process.memoryUsage().heapUsed);
  return registry;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** proc(5): size resident shared … in pages. */
function statm(): { resident: number; anonymous: number } | undefined {
  try {
    const fields = readFileSync(new HostRoot().proc('self', 'statm'), 'utf8').split(' ');
    const resident = Number(fields[1]) * PAGE;
    return { resident, anonymous: resident - Number(fields[2]) * PAGE };
  } catch {
    return undefined;
  }
}

function openFiles(): number | undefined {
  const folder = new HostRoot().proc('self', 'fd');
  try {
    // Since Linux 6.2 the folder's size is the number; listing thousands takes milliseconds.
    const { size } = statSync(folder);
    // Less the one that reading the folder takes.
    return size > 0 ? size : readdirSync(folder).length - 1;
  } catch {
    return undefined;
  }
}
