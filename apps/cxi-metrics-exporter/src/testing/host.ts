import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, ManualClock, silentLogger } from '@rackwright/core';
import {
  formatRetryHandlerState,
  type RetryHandlerState,
  retryHandlerStatePath,
} from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import type { Collection } from '../collection.ts';
import { Collector, type CollectorOptions } from '../collector.ts';
import { renderCollection } from '../render.ts';

/** A simulated host in a temporary folder, and a way to write further files into it. */
export interface TestHost extends Disposable {
  readonly host: SimulatedHost;
  write(hostPath: string, text: string): void;
  writeState(handlers: RetryHandlerState['handlers']): void;
  /** Statistics files of a retry handler, as plain files. */
  writeStats(device: string, values: Readonly<Record<string, number>>): void;
}

export async function testHost(spec: HostSpec, clock: Clock = new ManualClock()): Promise<TestHost> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-exporter-'));
  const host = await SimulatedHost.create(folder, { cxiRh: false, libraries: false, ...spec }, clock);
  const write = (hostPath: string, text: string): void => {
    const path = host.root.path(hostPath);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };
  return {
    host,
    write,
    writeState: (handlers) =>
      write(
        retryHandlerStatePath,
        formatRetryHandlerState({
          version: 1,
          updatedAt: '2026-01-01T00:00:00.000Z',
          onCrash: 'markUnhealthy',
          handlers,
        }),
      ),
    writeStats: (device, values) => {
      for (const [name, value] of Object.entries(values)) write(`/run/cxi/${device}/${name}`, `${value}\n`);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A collector over the host; a clock that stands still keeps its output the same. */
export function testCollector(host: SimulatedHost, options: Partial<CollectorOptions> = {}): Collector {
  return new Collector({
    files: new HostFiles(host.root),
    clock: new ManualClock(),
    logger: silentLogger,
    node: 'node-1',
    telemetry: new Set(),
    deadlineMs: 5000,
    requireRetryHandler: false,
    debounceMs: 0,
    ...options,
  });
}

/** The text of /metrics without what the process tells of itself. */
export function textOf(collection: Collection): string {
  const settings = { node: 'node-1', switchIdMask: 0xfffc0 };
  return renderCollection(collection, settings) + Buffer.from(collection.telemetry).toString();
}

/** The series of a text: name and labels to value. */
export function seriesOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );
}
