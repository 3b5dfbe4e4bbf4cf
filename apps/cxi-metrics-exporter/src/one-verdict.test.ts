import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import {
  formatRetryHandlerState,
  type RetryHandlerEntry,
  retryHandlerStatePath,
} from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import type { SimulatedHost } from '@rackwright/simulator';
import { PluginRun } from '../../cxi-device-plugin/src/testing/plugin-run.ts';
import { NodeHost } from '../../driver-agent/src/node-host.ts';
import { deviceStatus } from '../../driver-agent/src/plan/device-status.ts';
import { deviceViews } from '../../driver-agent/src/views.ts';
import { seriesOf, testCollector, textOf } from './testing/host.ts';

// The device plugin with a kubelet, what the driver agent would write into the CXIDevice, and the
// exporter's text, all of one host whose NIC cxi0 has a fault and whose cxi1 is not.

const since = '2026-01-01T00:00:00.000Z';
const [sick, well] = ['cxi0', 'cxi1'];

type Host = SimulatedHost;

function put(host: Host, path: string, text: string): void {
  mkdirSync(dirname(host.root.path(path)), { recursive: true });
  writeFileSync(host.root.path(path), text);
}

function handlerFails(host: Host, rebootRequired: boolean): void {
  const entry: RetryHandlerEntry = { device: sick, state: 'Failed', restarts: 0, since, rebootRequired };
  const state = { version: 1, updatedAt: since, onCrash: 'markUnhealthy', handlers: [entry] } as const;
  put(host, retryHandlerStatePath, formatRetryHandlerState(state));
}

interface Fault {
  readonly name: string;
  readonly args?: readonly string[];
  /** What all three have for `--debounce`. */
  readonly debounceMs?: number;
  readonly inject: (host: Host, agent: NodeHost) => Promise<void> | void;
  /** What follows once the fault was seen by all. */
  readonly followUp?: (host: Host) => Promise<void> | void;
  /** What everybody says; a degraded NIC is given to pods. */
  readonly expected: 'Healthy' | 'Degraded' | 'Unhealthy' | 'Unknown';
}

const required = ['--require-retry-handler'];
const faults: readonly Fault[] = [
  { name: 'nothing is wrong', inject: () => undefined, expected: 'Healthy' },
  {
    name: 'no handler is registered, and one is required',
    args: required,
    inject: (host) => host.hardware.cxi.write(sick, 'properties/pct_eq', '0\n'),
    expected: 'Unhealthy',
  },
  {
    name: 'no handler is registered, and none is required',
    inject: (host) => host.hardware.cxi.write(sick, 'properties/pct_eq', '0\n'),
    expected: 'Healthy',
  },
  {
    name: 'the driver does not tell of handlers, and one is required',
    args: required,
    inject: (host) => host.hardware.cxi.remove(sick, 'properties/pct_eq'),
    expected: 'Unknown',
  },
  {
    name: 'a handler died and the supervisor does not go on',
    inject: async (host) => {
      await host.hardware.cxi.write(sick, 'properties/pct_eq', '0\n');
      handlerFails(host, false);
    },
    expected: 'Degraded',
  },
  { name: 'a handler died under load', inject: (host) => handlerFails(host, true), expected: 'Unhealthy' },
  {
    name: 'a handler died under load, and then its state file makes no sense',
    inject: (host) => handlerFails(host, true),
    followUp: (host) => put(host, retryHandlerStatePath, '{'),
    expected: 'Unhealthy',
  },
  {
    name: 'the link is down',
    inject: (host) => host.hardware.cxi.setLink(sick, 'down'),
    expected: 'Unhealthy',
  },
  {
    name: 'the driver does not tell the link',
    inject: async (host) => {
      await host.hardware.cxi.remove(sick, 'port');
      await host.hardware.cxi.write(sick, 'properties/link', 'perhaps\n');
    },
    expected: 'Unknown',
  },
  {
    name: 'somebody took the NIC out of service',
    inject: (_, agent) => agent.outOfService.set([sick]),
    expected: 'Unhealthy',
  },
  {
    name: 'the link flapped and is steady again',
    debounceMs: 200,
    inject: (host) => host.hardware.cxi.setLink(sick, 'down'),
    followUp: (host) => host.hardware.cxi.setLink(sick, 'up'),
    expected: 'Healthy',
  },
  {
    name: 'the link flapped and is not steady yet',
    debounceMs: 3_600_000,
    inject: (host) => host.hardware.cxi.setLink(sick, 'down'),
    followUp: (host) => host.hardware.cxi.setLink(sick, 'up'),
    expected: 'Unhealthy',
  },
];

/** All follow one scanner, and each has its own timer for when a NIC is steady. */
async function eventually(look: () => Promise<object>, expected: object): Promise<void> {
  const deadline = systemClock.monotonic() + 10_000;
  let seen = await look();
  while (!isDeepStrictEqual(seen, expected) && systemClock.monotonic() < deadline) {
    await systemClock.sleep(20);
    seen = await look();
  }
  expect(seen).toEqual(expected);
}

test.each(faults.map((fault) => [fault.name, fault] as const))(
  '%s: kubelet, CXIDevice and metrics agree',
  async (_, fault) => {
    const { args = [], debounceMs = 0, inject, expected } = fault;
    const requireRetryHandler = args.includes(required[0] ?? '');
    await using plugin = await PluginRun.start({
      host: { nics: [{ generation: 1 }, { generation: 2 }] },
      args: ['--sharing-mode=exclusive', '--legacy-resource-name=', `--debounce=${debounceMs}ms`, ...args],
    });
    const { host } = plugin;
    for (const name of [sick, well]) await host.hardware.cxi.write(name, 'properties/pct_eq', '3\n');
    const parts = { files: new HostFiles(host.root), clock: systemClock, logger: silentLogger };
    // One scanner serves all three.
    const { scanner } = plugin;
    const rules = {
      driverSource: 'preinstalled',
      pollIntervalMs: 30_000,
      requireRetryHandler,
      debounceMs,
    } as const;
    const agent = new NodeHost({ ...parts, scanner, ...rules });
    await using lifetime = new Lifetime();
    using collector = testCollector(host, { requireRetryHandler, clock: systemClock, scanner, debounceMs });
    for (const part of [agent.outOfService, agent.health, ...collector.parts])
      lifetime.spawn(part.name, (signal) => part.start(signal));

    const published = async (): Promise<Record<string, string | undefined>> => {
      await agent.look(AbortSignal.timeout(10_000));
      const views = deviceViews(agent.snapshot());
      return Object.fromEntries(
        views.map((view) => [view.device.name, deviceStatus(view, 'node-1', 0xfffc0).health.status]),
      );
    };
    const exported = async (): Promise<Record<string, string | undefined>> => {
      const series = seriesOf(textOf(await collector.collect()));
      const value = (device: string) =>
        series.get(`cxi_device_health_status{device="${device}",node="node-1"}`);
      return { [sick]: value(sick), [well]: value(well) };
    };
    const offered = (given: boolean) =>
      plugin.kubelet.devices('hpe.com/cxi', (devices) =>
        [sick, well].every((id) =>
          devices.some(({ ID, health }) => ID === id && (health === 'Healthy') === (id === well || given)),
        ),
      );

    await offered(true);
    await published();
    await exported();
    await inject(host, agent);
    if (fault.followUp) {
      await offered(false);
      await published();
      await exported();
      await fault.followUp(host);
    }
    const given = expected === 'Healthy' || expected === 'Degraded';
    await offered(given);
    await eventually(published, { [sick]: expected, [well]: 'Healthy' });
    await eventually(exported, { [sick]: expected === 'Healthy' ? '1' : '0', [well]: '1' });
  },
);
