import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HwError, Lifetime, type Logger, silentLogger, systemClock } from '@rackwright/core';
import { socketFolder } from '@rackwright/grpc/testing';
import { CsiClient } from './client.ts';
import * as csi from './gen/csi/v1/csi.ts';
import { CsiServer, type CsiServerOptions } from './server.ts';

let stack: AsyncDisposableStack;
let endpoint: string;
let client: CsiClient;
beforeEach(() => {
  stack = new AsyncDisposableStack();
  endpoint = `unix://${join(stack.use(socketFolder()).path, 'csi.sock')}`;
  client = new CsiClient({ endpoint, clock: systemClock });
});
afterEach(() => stack.disposeAsync());

async function serve(options: Partial<CsiServerOptions> = {}): Promise<CsiServer> {
  const identity = { probe: async () => ({ ready: true }) };
  const server = new CsiServer({ endpoint, clock: systemClock, logger: silentLogger, identity, ...options });
  const lifetime = stack.use(new Lifetime());
  lifetime.spawn(server.name, (signal) => server.start(signal));
  await server.listening.until((listening) => listening);
  return server;
}

const volume = { volumeContext: {}, contentSource: undefined, accessibleTopology: [] };
const createVolume = csi.ControllerService.createVolume;
const request = csi.CreateVolumeRequest.fromPartial({
  name: 'pvc-1',
  capacityRange: { requiredBytes: 2n ** 62n + 1n },
  secrets: { token: 'hunter2' },
});

test('sizes come over to the last byte', async () => {
  const controller = {
    createVolume: async ({ name, capacityRange }: csi.CreateVolumeRequest) => ({
      volume: { ...volume, volumeId: name, capacityBytes: capacityRange?.requiredBytes ?? 0n },
    }),
  };
  await serve({ controller });
  const { volume: made } = await client.call(createVolume, request);
  expect(made).toEqual({ ...volume, volumeId: 'pvc-1', capacityBytes: 4611686018427387905n });
});

test('an error is answered with its own status and message', async () => {
  const createsNothing = async (): Promise<never> => {
    throw new HwError('OutOfRange', 'too large', { field: 'limit_bytes' });
  };
  await serve({ controller: { createVolume: createsNothing } });
  await expect(client.call(createVolume, request)).rejects.toMatchObject({
    code: 'OutOfRange',
    message: 'CreateVolume: limit_bytes: too large',
  });
});

test('a method and a service that the driver does not have are unimplemented', async () => {
  await serve({ controller: {} });
  await expect(client.call(createVolume, request)).rejects.toMatchObject({ code: 'Unsupported' });
  await expect(client.call(csi.NodeService.nodeGetInfo, {})).rejects.toMatchObject({ code: 'Unsupported' });
});

test.each([4, 64])('a request of %d MiB is refused, and the next one answered', async (mebibytes) => {
  let calls = 0;
  const nothing = async (): Promise<csi.DeleteVolumeResponse> => {
    calls += 1;
    return {};
  };
  await serve({ controller: { deleteVolume: nothing } });
  const { deleteVolume } = csi.ControllerService;
  const large = { volumeId: 'x'.repeat(mebibytes * 1024 * 1024), secrets: {} };
  await expect(client.call(deleteVolume, large)).rejects.toMatchObject({ code: 'ResourceExhausted' });
  expect(calls).toBe(0);
  await client.call(deleteVolume, { volumeId: 'x', secrets: {} });
  expect(calls).toBe(1);
});

test('calls are counted by method and by the name Go gives their status', async () => {
  const seen: (readonly [string, string])[] = [];
  const observe = (method: string, code: string): void => void seen.push([method, code]);
  await serve({ observe, controller: {} });
  await client.call(csi.IdentityService.probe, {});
  await client.call(createVolume, request).catch(() => undefined);
  expect(seen).toEqual([
    ['/csi.v1.Identity/Probe', 'OK'],
    ['/csi.v1.Controller/CreateVolume', 'Unimplemented'],
  ]);
});

test('requests are logged with sizes, without secrets', async () => {
  const lines: string[] = [];
  const write = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, debug: write, info: write, warn: write };
  await serve({ logger, controller: { createVolume: async () => ({ volume: undefined }) } });
  await client.call(createVolume, request);
  const text = lines.join('\n');
  expect(text).toContain('"requiredBytes":"4611686018427387905"');
  expect(text).toContain('"secrets":{"token":"***"}');
  expect(text).not.toContain('hunter2');
});

test('a caller that gives up is seen by the method', async () => {
  const { promise: called, resolve: begun } = Promise.withResolvers<AbortSignal>();
  const { promise: never } = Promise.withResolvers<csi.ProbeResponse>();
  const probe = (_request: csi.ProbeRequest, { signal }: { signal: AbortSignal }) => {
    begun(signal);
    return never;
  };
  await serve({ identity: { probe }, graceMs: 0 });
  const abort = new AbortController();
  const call = client.call(csi.IdentityService.probe, {}, { signal: abort.signal });
  const signal = await called;
  abort.abort(new HwError('Cancelled', 'enough'));
  await expect(call).rejects.toMatchObject({ code: 'Cancelled' });
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
});

test('a file that a killed driver left at the socket is replaced, and the driver reaches itself', async () => {
  writeFileSync(endpoint.slice('unix://'.length), 'left');
  const server = await serve();
  await server.probe();
  await expect(client.call(csi.IdentityService.probe, {})).resolves.toEqual({ ready: true });
});

test.each([
  ['nonsense', 'InvalidArgument'],
  ['tcp://127.0.0.1:1', 'InvalidArgument'],
  ['unix:///nowhere/csi.sock', 'NotFound'],
])('a driver that cannot serve on %s ends', async (where, code) => {
  const identity = {};
  const server = new CsiServer({ endpoint: where, clock: systemClock, logger: silentLogger, identity });
  await expect(server.start(new AbortController().signal)).rejects.toMatchObject({ code });
});

test('a driver that stops lets a call that runs finish', async () => {
  const { promise: called, resolve: begun } = Promise.withResolvers<void>();
  const { promise: answer, resolve: respond } = Promise.withResolvers<csi.ProbeResponse>();
  const probe = (): Promise<csi.ProbeResponse> => {
    begun();
    return answer;
  };
  const server = new CsiServer({ endpoint, clock: systemClock, logger: silentLogger, identity: { probe } });
  const abort = new AbortController();
  const ended = server.start(abort.signal);
  await server.listening.until((listening) => listening);
  const call = client.call(csi.IdentityService.probe, {});
  await called;
  abort.abort();
  await server.listening.until((listening) => !listening);
  await expect(client.call(csi.IdentityService.probe, {})).rejects.toMatchObject({ code: 'Unavailable' });
  respond({ ready: true });
  await expect(call).resolves.toEqual({ ready: true });
  await ended;
});
