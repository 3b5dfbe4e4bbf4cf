import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CxiDeviceObject } from '@rackwright/api';
import { Lifetime, type LogFields, ManualClock, silentLogger } from '@rackwright/core';
import { type CxiDevice, evaluateHealth, nothingObserved } from '@rackwright/hardware-cxi';
import { KubeError, type KubeObject } from '@rackwright/kube';
import type { Action } from '../plan/action.ts';
import { nic } from '../testing/devices.ts';
import { ModelServer } from '../testing/model-server.ts';
import { ObservedState } from './observed-state.ts';
import { Publisher } from './publisher.ts';

let clock: ManualClock;
let lifetime: Lifetime;
let server: ModelServer;
let publisher: Publisher;
let devices: CxiDevice[];
let executed: Action[];
let reads: string[];
let warnings: LogFields[];
/** What the API server answers instead of working. */
let failure: ((action?: Action) => KubeError | undefined) | undefined;
/** What the API server accepts and somebody changes on its way, so that nothing comes of it. */
let fruitless: Action['kind'] | undefined;
/** Whether the API server knows CXIDevices. */
let served: boolean;

const away = new KubeError('Unavailable', 'connection refused', { status: 0, reason: 'Unreachable' });

/** Answers from the model what a client would read. */
const client = {
  async get(): Promise<never> {
    reads.push('get node');
    const error = failure?.();
    if (error !== undefined) throw error;
    const { node } = server.observed();
    return { metadata: { uid: node.uid, labels: node.labels } } satisfies KubeObject as never;
  },
  async list(): Promise<never> {
    reads.push('list devices');
    if (!served) throw new KubeError('NotFound', 'not served', { status: 404, reason: 'NotServed' });
    const items = [...server.observed().devices.values()] as CxiDeviceObject[];
    return { items, resourceVersion: '1' } as never;
  },
};

beforeEach(() => {
  clock = new ManualClock();
  lifetime = new Lifetime();
  server = new ModelServer('n1');
  devices = [nic()];
  served = true;
  [executed, reads, warnings, failure, fruitless] = [[], [], [], undefined, undefined];
  const observedState = new ObservedState(client, 'n1');
  publisher = new Publisher({
    node: 'n1',
    snapshot: () => ({
      driver: { ready: true, reason: 'DriverReady', message: '' },
      verdicts: devices.map((device) => ({ device, health: evaluateHealth(device, nothingObserved) })),
      unidentified: [],
      retryHandlers: { kind: 'absent' },
      stats: new Map(),
      outOfService: new Set(),
    }),
    policy: { switchIdMask: 0xfffc0, heartbeatMs: 300_000 },
    observedState,
    executor: { execute: async (action) => execute(action, observedState) },
    reachability: { pause: (ms, _error, signal) => clock.sleep(ms, signal).then(() => false) },
    clock,
    logger: { ...silentLogger, warn: (_, fields = {}) => warnings.push(fields) },
    pollIntervalMs: 30_000,
    random: () => 0.5,
  });
});
afterEach(() => lifetime[Symbol.asyncDispose]());

async function execute(action: Action, observedState: ObservedState): Promise<void> {
  const error = failure?.(action);
  if (error !== undefined) throw error;
  if (action.kind !== fruitless) server.execute(action);
  executed.push(action);
  const { node, devices: stored, announced } = server.observed();
  observedState.sawNode({ metadata: { uid: node.uid, labels: { ...node.labels } } });
  for (const object of stored.values()) observedState.sawDevice(object);
  if (action.kind === 'deleteDevice') observedState.deleted(action.name);
  if (announced !== undefined) observedState.announced(announced);
}

async function start(): Promise<void> {
  lifetime.spawn('publisher', (signal) => publisher.start(signal));
  await clock.advance(0);
}

const kinds = (): string[] => executed.splice(0).map(({ kind }) => kind);
const stored = (name: string) => server.observed().devices.get(name)?.status;

test('the first round writes everything; then one small read per poll', async () => {
  await start();
  expect(kinds()).toEqual(['applyDevice', 'applyStatus', 'labelNode', 'announceDriver']);
  reads.length = 0;
  await clock.advance(90_000);
  expect([kinds(), reads]).toEqual([[], ['get node', 'get node', 'get node']]);
});

test('CXIDevices are listed again about each heartbeat, not at each poll', async () => {
  await start();
  await clock.advance(1_500_000);
  const lists = reads.filter((read) => read === 'list devices').length;
  expect(lists).toBeGreaterThanOrEqual(5);
  expect(lists).toBeLessThanOrEqual(6);
});

test('a change is written at once', async () => {
  await start();
  kinds();
  devices = [nic({ linkState: 'down' })];
  publisher.wake();
  await clock.advance(0);
  expect(kinds()).toEqual(['applyStatus']);
  expect(stored('n1-cxi0')?.linkState).toBe('down');
});

test('what somebody changes on its way is told once with what was to be written, and is there when that ends', async () => {
  fruitless = 'labelNode';
  await start();
  await clock.advance(90_000);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.actions).toMatch(/^labelNode slingshot.hpe.com\/cxi-present=true/);
  expect(server.labels).toEqual({});
  fruitless = undefined;
  await clock.advance(60_000);
  expect(server.labels).toMatchObject({ 'slingshot.hpe.com/cxi-present': 'true' });
  expect(warnings).toHaveLength(1);
});

test('a link that flaps ten times a second is written about once a second, ending with the truth', async () => {
  await start();
  kinds();
  for (let i = 0; i < 600; i++) {
    devices = [nic({ linkState: i % 2 === 0 ? 'down' : 'up' })];
    publisher.wake();
    await clock.advance(100);
  }
  devices = [nic({ linkState: 'up' })];
  publisher.wake();
  await clock.advance(2000);
  expect(kinds().length).toBeLessThan(70);
  expect(stored('n1-cxi0')?.linkState).toBe('up');
});

describe('while the API server is away', () => {
  test('it tries again after growing waits, logs once, and publishes the newest state', async () => {
    failure = () => away;
    await start();
    for (const linkState of ['down', 'unknown', 'down'] as const) {
      devices = [nic({ linkState })];
      publisher.wake();
      await clock.advance(60_000);
    }
    expect(reads.length).toBeLessThan(40);
    expect(warnings).toHaveLength(1);
    expect(publisher.outcome.value).toMatchObject({ ok: false, message: 'connection refused' });
    failure = undefined;
    await clock.advance(15_000);
    expect(kinds()).toEqual(['applyDevice', 'applyStatus', 'labelNode', 'announceDriver']);
    expect(stored('n1-cxi0')?.linkState).toBe('down');
    expect(publisher.outcome.value?.ok).toBe(true);
  });

  test('what is remembered of it is asked for again afterwards', async () => {
    await start();
    server.remove('n1-cxi0');
    failure = () => away;
    publisher.wake();
    await clock.advance(1000);
    failure = undefined;
    await clock.advance(15_000);
    expect(stored('n1-cxi0')?.linkState).toBe('up');
  });

  test('a server that asks for more time gets half a minute', async () => {
    failure = () =>
      new KubeError('ResourceExhausted', 'slow down', {
        status: 429,
        reason: 'TooManyRequests',
        retryAfterMs: 40_000,
      });
    await start();
    reads.length = 0;
    await clock.advance(29_000);
    expect(reads).toEqual([]);
    await clock.advance(2000);
    expect(reads).toEqual(['get node']);
  });
});

test('one object that is refused does not keep the others from being written', async () => {
  devices = [nic(), nic({ name: 'cxi1' })];
  const invalid = new KubeError('InvalidArgument', 'cxi0 is invalid', { status: 422, reason: 'Invalid' });
  failure = (action) =>
    action?.kind === 'applyStatus' && action.object.metadata?.name === 'n1-cxi0' ? invalid : undefined;
  await start();
  expect(stored('n1-cxi0')).toBeUndefined();
  expect(stored('n1-cxi1')?.linkState).toBe('up');
  expect(server.labels['slingshot.hpe.com/device-count']).toBe('2');
  expect(publisher.outcome.value).toMatchObject({ ok: false, message: 'cxi0 is invalid' });
});

test('without the CRD of CXIDevices the node keeps its labels, and the outcome says what is missing', async () => {
  served = false;
  await start();
  expect(kinds()).toEqual(['labelNode', 'announceDriver']);
  expect(server.labels['slingshot.hpe.com/device-count']).toBe('1');
  expect(publisher.outcome.value).toMatchObject({ ok: false, message: 'not served' });
  devices = [nic(), nic({ name: 'cxi1' })];
  await clock.advance(30_000);
  expect(server.labels['slingshot.hpe.com/device-count']).toBe('2');
  served = true;
  await clock.advance(30_000);
  expect(stored('n1-cxi1')?.linkState).toBe('up');
  expect(publisher.outcome.value?.ok).toBe(true);
});

test('an object that somebody else deleted first is no failure', async () => {
  await start();
  devices = [];
  const gone = new KubeError('NotFound', 'not found', { status: 404, reason: 'NotFound' });
  failure = (action) => (action?.kind === 'deleteDevice' ? gone : undefined);
  publisher.wake();
  await clock.advance(1000);
  expect(publisher.outcome.value?.ok).toBe(true);
});

test('a writer who undoes everything at once is left alone until the next poll', async () => {
  await start();
  const { execute: model } = server;
  server.execute = (action) => {
    model.call(server, action);
    if (action.kind === 'labelNode') server.removeLabel('slingshot.hpe.com/cxi-present');
  };
  server.removeLabel('slingshot.hpe.com/cxi-present');
  kinds();
  await clock.advance(30_500);
  expect(kinds().length).toBeLessThanOrEqual(4);
});
