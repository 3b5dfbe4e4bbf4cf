import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { socketFolder } from '@rackwright/grpc/testing';
import { PluginSocket } from './plugin-socket.ts';
import { PluginRegistrar } from './registrar.ts';

const plugin = {
  type: 'CSIPlugin',
  name: 'pool.example.com',
  endpoint: '/var/lib/kubelet/plugins/pool.example.com/csi.sock',
  supportedVersions: ['1.0.0'],
};

let stack: AsyncDisposableStack;
let folder: string;
let kubelet: PluginSocket;
let registrar: PluginRegistrar;
beforeEach(() => {
  stack = new AsyncDisposableStack();
  folder = stack.use(socketFolder()).path;
  kubelet = new PluginSocket({ socket: join(folder, 'a-reg.sock'), clock: systemClock, timeoutMs: 5000 });
  registrar = new PluginRegistrar({
    ...{ plugin, folder, socket: 'a-reg.sock', pollMs: 10 },
    ...{ clock: systemClock, logger: silentLogger },
  });
});
afterEach(() => stack.disposeAsync());

function start(): Lifetime {
  const lifetime = stack.use(new Lifetime());
  lifetime.spawn('registrar', (signal) => registrar.start(signal));
  return lifetime;
}

async function served(): Promise<void> {
  while (registrar.missing() !== undefined) await systemClock.sleep(5);
}

test('the kubelet learns what the plugin is and where it serves', async () => {
  start();
  await served();
  expect(await kubelet.getInfo()).toEqual(plugin);
  expect(registrar.registered.value).toBe(false);
  await kubelet.notify(undefined);
  expect(registrar.registered.value).toBe(true);
});

test('a socket that a killed registrar left is replaced', async () => {
  writeFileSync(join(folder, 'a-reg.sock'), '');
  start();
  await served();
  expect(await kubelet.getInfo()).toEqual(plugin);
});

test('the registrar ends with the reason when the kubelet refuses the plugin', async () => {
  const ended = registrar.start(new AbortController().signal);
  await served();
  await kubelet.notify('the driver name is taken');
  await expect(ended).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: 'the kubelet refuses pool.example.com: the driver name is taken',
  });
  await expect(kubelet.getInfo()).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a socket that somebody removes is served anew, and the plugin counts as unknown until then', async () => {
  start();
  await served();
  await kubelet.notify(undefined);
  rmSync(join(folder, 'a-reg.sock'));
  await registrar.registered.until((registered) => !registered);
  await served();
  expect(await kubelet.getInfo()).toEqual(plugin);
});

test('a registrar that is stopped takes its socket along', async () => {
  const lifetime = start();
  await served();
  await lifetime[Symbol.asyncDispose]();
  await expect(kubelet.getInfo()).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a folder that is not there is named', async () => {
  const options = {
    plugin,
    folder: join(folder, 'no'),
    socket: 'a',
    clock: systemClock,
    logger: silentLogger,
  };
  await expect(new PluginRegistrar(options).start(new AbortController().signal)).rejects.toMatchObject({
    code: 'NotFound',
  });
});
