import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Latest, Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { type Device, DevicePluginServer } from '@rackwright/kubelet';
import type { Container, Pod } from '../pod-model.ts';
import { device, PlainPlugin, type PlainPluginOptions } from '../testing/plain-plugin.ts';
import { waitFor } from '../testing/wait-for.ts';
import { DeviceManager, type DeviceManagerOptions } from './device-manager.ts';

const resource = 'example.com/nic';
let folder: string;
let pods: Pod[];
let stack: AsyncDisposableStack;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwdm-'));
  pods = [];
  stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
});

afterEach(() => stack.disposeAsync());

async function manager(options: Partial<DeviceManagerOptions> = {}): Promise<DeviceManager> {
  const devices = new DeviceManager({
    ...{ folder, clock: systemClock, logger: silentLogger, topologyPolicy: 'none', numaNodes: [0, 1] },
    activePods: () => pods,
    isRunning: () => false,
    changed: () => undefined,
    ...options,
  });
  await devices.start();
  devices.sourcesReady();
  stack.defer(() => devices.stop());
  return devices;
}

async function plugin(
  ids: readonly string[],
  options: Partial<PlainPluginOptions> = {},
): Promise<PlainPlugin> {
  const made = await PlainPlugin.serve(
    { folder, ...options },
    ids.map((id) => device(id)),
  );
  stack.use(made);
  return made;
}

function container(name: string, count: number, more: Partial<Container> = {}): Container {
  return { name, resources: { limits: { [resource]: String(count) } }, ...more };
}

let serial = 0;

function pod(...containers: Container[]): Pod {
  const made = {
    metadata: { uid: `uid-${++serial}`, name: `pod-${serial}`, namespace: 'ns' },
    spec: { containers },
  };
  pods.push(made);
  return made;
}

function held(devices: DeviceManager, of: Pod, name: string): readonly string[] {
  return devices.devicesOf(of.metadata?.uid ?? '', name).flatMap(({ ids }) => ids);
}

async function counted(devices: DeviceManager, capacity: number, allocatable: number): Promise<void> {
  await waitFor(() =>
    expect(devices.capacity()).toEqual({
      capacity: { [resource]: capacity },
      allocatable: { [resource]: allocatable },
    }),
  );
}

describe('registration', () => {
  test('a plugin that registers is asked for its options and its devices are counted', async () => {
    const devices = await manager();
    const one = await plugin(['a', 'b']);
    await one.register();
    expect(one.calls.map((call) => call.method)).toEqual(['options']);
    await counted(devices, 2, 2);
  });

  test('another version of the API is refused', async () => {
    await manager();
    const one = await plugin([], { version: 'v1alpha' });
    await expect(one.register()).rejects.toThrow(/v1alpha is not supported/);
  });

  test('a name that is no extended resource is refused', async () => {
    await manager();
    const one = await plugin([], { resource: 'cpu' });
    await expect(one.register()).rejects.toThrow(/cannot be the name of an extended resource/);
  });

  test('a plugin that does not answer on its socket for ten seconds is refused', async () => {
    const clock = new ManualClock();
    await manager({ clock });
    const one = await plugin([]);
    await one[Symbol.asyncDispose]();
    const refused = expect(one.register()).rejects.toThrow(
      /cannot reach the device plugin of example.com\/nic/,
    );
    await waitFor(() => expect(clock.waiting).toBe(1));
    await clock.advance(10_000);
    await refused;
  });

  test('a plugin that registers again replaces the older one', async () => {
    const devices = await manager();
    await (await plugin(['a'])).register();
    await counted(devices, 1, 1);
    await (await plugin(['b', 'c'], { endpoint: 'second.sock' })).register();
    await counted(devices, 2, 2);
  });

  test('the end of an older plugin’s stream also takes down the one that registered after it', async () => {
    const devices = await manager();
    const older = await plugin(['a']);
    await older.register();
    await counted(devices, 1, 1);
    await (await plugin(['b', 'c'], { endpoint: 'second.sock' })).register();
    await counted(devices, 2, 2);
    await older[Symbol.asyncDispose]();
    await counted(devices, 2, 0);
  });

  test('a registration that fails leaves the older plugin in place, whose end is then not noticed', async () => {
    const devices = await manager();
    const older = await plugin(['a']);
    await older.register();
    await counted(devices, 1, 1);
    const broken = await plugin([], { endpoint: 'second.sock', options: new Error('refused on purpose') });
    await expect(broken.register()).rejects.toThrow(/refused on purpose/);
    older.set([device('a'), device('b')]);
    await counted(devices, 2, 2);
    await devices.admit(pod(container('x', 1)));
    await older[Symbol.asyncDispose]();
    const third = await plugin(['a', 'b', 'c'], { endpoint: 'third.sock' });
    expect(devices.capacity().allocatable).toEqual({ [resource]: 2 });
    await third.register();
    await counted(devices, 3, 3);
  });

  test('at the start sockets from before are removed, files and links stay', async () => {
    const server = createServer().listen(join(folder, 'stale.sock'));
    stack.defer(() => void server.close());
    await waitFor(async () => expect(await readdir(folder)).toContain('stale.sock'));
    await writeFile(join(folder, 'note'), '');
    await symlink('/dev/null', join(folder, 'link'));
    await manager();
    expect((await readdir(folder)).sort()).toEqual(['kubelet.sock', 'link', 'note']);
  });
});

describe('a rolling update', () => {
  const nics: Device[] = [{ ids: ['a', 'b'], healthy: true, numaNodes: [] }];

  /** A plugin as our agents are, with what it logs. */
  function agent(): { readonly end: () => Promise<void>; readonly said: Latest<string> } {
    const lifetime = stack.use(new Lifetime());
    const said = new Latest('');
    const log = (text: string): void => void said.set(text);
    const logger = { ...silentLogger, info: log, child: () => logger };
    const profile = {
      resource,
      devices: new Latest<readonly Device[]>(nics),
      allocate: (of: readonly unknown[]) => of.map(() => ({})),
    };
    const server = new DevicePluginServer({
      profiles: [profile],
      folder,
      clock: systemClock,
      logger,
      pollMs: 50,
    });
    lifetime.spawn('agent', (signal) => server.start(signal));
    return { end: () => lifetime[Symbol.asyncDispose](), said };
  }

  test('at no moment the node has no device; the end of the last plugin is noticed', async () => {
    const seen = new Set<number | undefined>();
    const devices = await manager({ changed: () => seen.add(devices.capacity().allocatable[resource]) });
    const first = agent();
    await counted(devices, 2, 2);
    const second = agent();
    await second.said.until((text) => text.includes('made ready'));
    await devices.admit(pod(container('x', 1)));
    await first.end();
    await second.said.until((text) => text.includes('registered with'));
    await devices.admit(pod(container('x', 1)));
    expect([...seen]).toEqual([2]);
    await second.end();
    await counted(devices, 2, 0);
  });
});

describe('health', () => {
  test('unhealthy devices are capacity but not allocatable', async () => {
    const devices = await manager();
    const one = await plugin(['a', 'b']);
    await one.register();
    one.set([device('a', { health: 'Unhealthy' }), device('b')]);
    await counted(devices, 2, 1);
  });

  test('when the plugin dies its devices are unhealthy and forgotten after five minutes', async () => {
    const clock = new ManualClock();
    const devices = await manager({ clock });
    const one = await plugin(['a']);
    await one.register();
    await counted(devices, 1, 1);
    await one[Symbol.asyncDispose]();
    await counted(devices, 1, 0);
    await clock.advance(300_000);
    await counted(devices, 1, 0);
    await clock.advance(1);
    expect(devices.capacity()).toEqual({ capacity: {}, allocatable: {} });
  });

  test('a device list beyond 4 MiB ends the stream as in a Go client', async () => {
    const devices = await manager();
    const one = await plugin(['a']);
    await one.register();
    await counted(devices, 1, 1);
    one.set(Array.from({ length: 5000 }, (_, i) => device(`${i}`.padStart(1000, 'x'))));
    await counted(devices, 1, 0);
  });

  test('the health of a pod’s devices shows what the plugin says of them now', async () => {
    const devices = await manager();
    const one = await plugin(['a']);
    await one.register();
    await counted(devices, 1, 1);
    const user = pod(container('c', 1));
    await devices.admit(user);
    const health = (): unknown => devices.healthOf(user.metadata?.uid ?? '', 'c');
    expect(health()).toEqual([{ name: resource, resources: [{ resourceID: 'a', health: 'Healthy' }] }]);
    one.set([device('a', { health: 'Unhealthy' })]);
    await waitFor(() =>
      expect(health()).toEqual([{ name: resource, resources: [{ resourceID: 'a', health: 'Unhealthy' }] }]),
    );
  });
});

describe('allocation', () => {
  test('each container gets its own devices by a call of its own', async () => {
    const devices = await manager();
    const one = await plugin(['a', 'b', 'c'], { allocate: (ids) => ({ envs: { GOT: ids.join() } }) });
    await one.register();
    await counted(devices, 3, 3);
    const user = pod(container('x', 2), container('y', 1), { name: 'z' });
    await devices.admit(user);
    expect([held(devices, user, 'x'), held(devices, user, 'y'), held(devices, user, 'z')]).toEqual([
      ['a', 'b'],
      ['c'],
      [],
    ]);
    const [first] = user.spec.containers;
    expect(first && (await devices.containerOptions(user, first))?.env).toEqual({ GOT: 'a,b' });
    expect(one.calls.filter((call) => call.method === 'allocate').map((call) => call.request)).toEqual([
      { containerRequests: [{ devicesIds: ['a', 'b'] }] },
      { containerRequests: [{ devicesIds: ['c'] }] },
    ]);
  });

  test('a pod that asks for too much is refused and what it got is free again once it has ended', async () => {
    const devices = await manager();
    await (await plugin(['a', 'b'])).register();
    await counted(devices, 2, 2);
    const greedy = pod(container('x', 1), container('y', 2));
    await expect(devices.admit(greedy)).rejects.toMatchObject({ code: 'ResourceExhausted' });
    pods = [];
    await devices.admit(pod(container('x', 2)));
  });

  test.each([
    ['an error', new Error('no'), /no/],
    ['an answer without container', undefined, /no container/],
  ])('the pod is refused when the plugin answers with %s', async (_, answer, message) => {
    const devices = await manager();
    await (await plugin(['a'], { allocate: () => answer })).register();
    await counted(devices, 1, 1);
    await expect(devices.admit(pod(container('x', 1)))).rejects.toThrow(message);
  });

  test('devices of an init container are used again by later containers, those of a sidecar are not', async () => {
    const devices = await manager();
    await (await plugin(['a', 'b'])).register();
    await counted(devices, 2, 2);
    const user = pod(container('main', 1));
    user.spec.initContainers = [container('init', 1), container('side', 1, { restartPolicy: 'Always' })];
    await devices.admit(user);
    expect(held(devices, user, 'init')).toEqual(['a']);
    expect(held(devices, user, 'side')).toEqual(['a']);
    expect(held(devices, user, 'main')).toEqual(['b']);
  });

  test('the plugin is asked for its preference only if it offers that', async () => {
    const devices = await manager();
    const silent = await plugin(['a', 'b']);
    await silent.register();
    await counted(devices, 2, 2);
    await devices.admit(pod(container('x', 1)));
    expect(silent.calls.map((call) => call.method)).not.toContain('getPreferredAllocation');

    const asked = await plugin(['a', 'b', 'c'], {
      endpoint: 'second.sock',
      options: { getPreferredAllocationAvailable: true },
      getPreferredAllocation: ({ availableDeviceIDs }) => availableDeviceIDs.slice(-1),
    });
    await asked.register();
    await counted(devices, 3, 3);
    const user = pod(container('x', 1));
    await devices.admit(user);
    expect(held(devices, user, 'x')).toEqual(['c']);
  });

  test('PreStartContainer is called before each start if the plugin wants it', async () => {
    const devices = await manager();
    const one = await plugin(['a'], { options: { preStartRequired: true } });
    await one.register();
    await counted(devices, 1, 1);
    const user = pod(container('x', 1));
    await devices.admit(user);
    const [only] = user.spec.containers;
    for (let i = 0; only && i < 2; i++) await devices.containerOptions(user, only);
    expect(one.calls.filter((call) => call.method === 'preStart').map((call) => call.request)).toEqual([
      { devicesIds: ['a'] },
      { devicesIds: ['a'] },
    ]);
  });

  test('a resource no plugin ever served is nobody’s business here', async () => {
    const devices = await manager();
    const user = pod(container('x', 1));
    await devices.admit(user);
    expect(held(devices, user, 'x')).toEqual([]);
  });

  test('with a topology policy devices of one NUMA node are chosen, and refused when there are none', async () => {
    const devices = await manager({ topologyPolicy: 'single-numa-node' });
    const one = await plugin([]);
    await one.register();
    one.set([device('a', { numa: [0] }), device('b', { numa: [1] }), device('c', { numa: [1] })]);
    await counted(devices, 3, 3);
    const user = pod(container('x', 2));
    await devices.admit(user);
    expect(held(devices, user, 'x')).toEqual(['b', 'c']);
    pods = [];
    const too = pod(container('x', 3));
    await expect(devices.admit(too)).rejects.toMatchObject({ code: 'Conflict' });
  });
});

describe('restart', () => {
  test('allocations survive, and running containers keep theirs although no plugin is back yet', async () => {
    const first = await manager();
    await (await plugin(['a', 'b'])).register();
    await counted(first, 2, 2);
    const user = pod(container('x', 1));
    await first.admit(user);
    await first.stop();

    const second = new DeviceManager({
      ...{ folder, clock: systemClock, logger: silentLogger, topologyPolicy: 'none', numaNodes: [0] },
      ...{ activePods: () => pods, isRunning: () => true, changed: () => undefined },
    });
    await second.start();
    stack.defer(() => second.stop());
    expect(second.capacity()).toEqual({ capacity: { [resource]: 0 }, allocatable: { [resource]: 0 } });
    await second.admit(user);
    expect(held(second, user, 'x')).toEqual(['a']);
    second.sourcesReady();

    await expect(second.admit(pod(container('x', 1)))).rejects.toThrow(/no healthy device/);
    await (await plugin(['a', 'b'], { endpoint: 'again.sock' })).register();
    await counted(second, 2, 2);
    const next = pod(container('x', 1));
    await second.admit(next);
    expect(held(second, next, 'x')).toEqual(['b']);
  });

  test('a damaged checkpoint is ignored', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'kubelet_internal_checkpoint'), '{"Data":');
    const devices = await manager();
    expect(devices.capacity()).toEqual({ capacity: {}, allocatable: {} });
    await (await plugin(['a'])).register();
    await counted(devices, 1, 1);
    await waitFor(async () => {
      const text = await readFile(join(folder, 'kubelet_internal_checkpoint'), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ Data: { RegisteredDevices: { [resource]: ['a'] } } });
    });
  });
});
