import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { HwError, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import { PlainCsiDriver } from '../testing/plain-csi-driver.ts';
import { waitFor } from '../testing/wait-for.ts';
import type { Plugin, PluginHandler } from './plugin-handler.ts';
import { PluginWatcher } from './plugin-watcher.ts';

jest.setTimeout(60_000);

let folder: string;
let host: HostRoot;
let driver: PlainCsiDriver;
let lifetime: Lifetime;
let events: string[];
let refusal: Error | undefined;

const handler: PluginHandler = {
  validate: ({ versions }) => {
    if (!versions.includes('1.0.0')) throw new HwError('InvalidArgument', 'not this version');
  },
  register: ({ name, endpoint }) => {
    events.push(`+${name} ${endpoint}`);
    return refusal === undefined ? Promise.resolve() : Promise.reject(refusal);
  },
  deregister: ({ name }: Plugin) => {
    events.push(`-${name}`);
    return Promise.resolve();
  },
};

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'rwpw-')));
  host = new HostRoot(folder);
  driver = await PlainCsiDriver.serve({ name: 'd', host });
  lifetime = new Lifetime();
  events = [];
  refusal = undefined;
  const registry = host.path('/var/lib/kubelet/plugins_registry');
  const watcher = new PluginWatcher({
    ...{ folder: registry, clock: systemClock, logger: silentLogger },
    handlers: new Map([['CSIPlugin', handler]]),
  });
  lifetime.spawn('watcher', (signal) => watcher.run(signal));
});

afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  await driver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** The watcher looks every second, as the kubelet does. */
function eventually(check: () => void): Promise<void> {
  return waitFor(check, 30_000);
}

const taken = '+d /var/lib/kubelet/plugins/d/csi.sock';

test('a plugin whose socket appears is taken, and told so', async () => {
  await driver.register();
  await eventually(() => expect(driver.told).toEqual([{ pluginRegistered: true, error: '' }]));
  expect(events).toEqual([taken]);
});

test('a plugin whose socket goes is let go of', async () => {
  await driver.register();
  await eventually(() => expect(driver.told).toHaveLength(1));
  await driver.deregister();
  await eventually(() => expect(events).toEqual([taken, '-d']));
});

test('a socket that is made anew is let go of first, then taken again', async () => {
  await driver.register();
  await eventually(() => expect(driver.told).toHaveLength(1));
  await driver.deregister();
  await driver.register();
  await eventually(() => expect(driver.told).toHaveLength(2));
  expect(events).toEqual([taken, '-d', taken]);
});

test('a plugin that is refused is told why, and tried again', async () => {
  refusal = new HwError('Unavailable', 'no node yet');
  await driver.register();
  await eventually(() => expect(driver.told).toHaveLength(1));
  expect(driver.told[0]).toEqual({
    pluginRegistered: false,
    error: 'RegisterPlugin error -- plugin registration failed with err: no node yet',
  });
  refusal = undefined;
  await eventually(() => expect(driver.told.at(-1)?.pluginRegistered).toBe(true));
});

test('a plugin of a type nobody uses is told so', async () => {
  await driver.register('DRAPlugin');
  await eventually(() =>
    expect(driver.told[0]?.error).toContain('no handler registered for plugin type: DRAPlugin'),
  );
  expect(events).toEqual([]);
});
