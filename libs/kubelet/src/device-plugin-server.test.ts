import { once } from 'node:events';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Clock,
  errorMessage,
  HwError,
  Latest,
  Lifetime,
  silentLogger,
  systemClock,
} from '@rackwright/core';
import { DevicePluginServer, type DevicePluginServerOptions } from './device-plugin-server.ts';
import type {
  AllocateResponses,
  ContainerAllocateResponse,
  Device,
  HardwareProfile,
} from './hardware-profile.ts';
import type { PluginMetrics } from './metrics/plugin-metrics.ts';
import { PlainKubelet, socketFolder } from './testing/index.ts';

const resource = 'hpe.com/cxi';
const device = (id: string, healthy = true): Device => ({ ids: [id], healthy, numaNodes: [0] });

class TestProfile implements HardwareProfile {
  readonly resource: string;
  readonly devices = new Latest<readonly Device[]>([device('a'), device('b')]);
  constructor(name = resource) {
    this.resource = name;
  }
  allocate(
    containers: readonly (readonly string[])[],
    _signal?: AbortSignal,
  ): AllocateResponses | Promise<AllocateResponses> {
    return containers.map((ids) => ({ envs: { IDS: ids.join() } }));
  }
}

class Counts implements PluginMetrics {
  readonly seen: string[] = [];
  registered = (name: string, success: boolean): void => void this.seen.push(`registered ${name} ${success}`);
  listed = (name: string, devices: readonly Device[]): void =>
    void this.seen.push(`listed ${name} ${devices.length}`);
  allocated = (name: string, devices: number): void => void this.seen.push(`allocated ${name} ${devices}`);
  refused = (name: string, call: string, code: string): void =>
    void this.seen.push(`refused ${name} ${call} ${code}`);
}

let folder: ReturnType<typeof socketFolder>;
let lifetime: Lifetime;
let metrics: Counts;
beforeEach(() => {
  folder = socketFolder();
  lifetime = new Lifetime();
  metrics = new Counts();
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function serve(...profiles: HardwareProfile[]): DevicePluginServer {
  return start(lifetime, { profiles });
}

function start(
  within: Lifetime,
  options: Pick<DevicePluginServerOptions, 'profiles' | 'obstacleWaitMs'> & { readonly clock?: Clock },
): DevicePluginServer {
  const server = new DevicePluginServer({
    clock: systemClock,
    ...options,
    folder: folder.path,
    logger: silentLogger,
    metrics,
    pollMs: 50,
  });
  within.spawn(server.name, (signal) => server.start(signal));
  return server;
}

async function kubelet(): Promise<PlainKubelet> {
  return lifetime.use(await PlainKubelet.start(folder.path));
}

function registered(server: DevicePluginServer): Promise<unknown> {
  return Promise.all(server.endpoints.map(({ status }) => status.until((now) => now.registered)));
}

describe('registration', () => {
  test('the kubelet learns of every resource, each on a socket of its own', async () => {
    const node = await kubelet();
    const server = serve(new TestProfile(), new TestProfile('beta.hpe.com/cxi'));
    await registered(server);
    expect((await node.plugin(resource)).request).toEqual({
      version: 'v1beta1',
      endpoint: expect.stringMatching(/^hpe\.com_cxi@\w+\.1\.sock$/),
      resourceName: resource,
      options: { preStartRequired: false, getPreferredAllocationAvailable: false },
    });
    expect((await node.plugin('beta.hpe.com/cxi')).request.endpoint).toMatch(/^beta\.hpe\.com_cxi@/);
    expect(server.missing()).toEqual([]);
  });

  test('a kubelet that comes later is found', async () => {
    const server = serve(new TestProfile());
    await server.endpoints[0]?.status.until(({ message }) => message === 'there is no kubelet.sock');
    expect(server.missing()).toEqual(['hpe.com/cxi: there is no kubelet.sock']);
    const node = await kubelet();
    await registered(server);
    expect(await node.devices(resource)).toHaveLength(2);
  });

  test('a restarted kubelet, which removes all sockets first, is told again', async () => {
    const server = serve(new TestProfile());
    const first = await kubelet();
    await first.devices(resource);
    await first[Symbol.asyncDispose]();
    const second = await kubelet();
    expect(await second.devices(resource)).toHaveLength(2);
    await registered(server);
    expect((await second.allocate(resource, ['a'])).containerResponses[0]?.envs).toEqual({ IDS: 'a' });
  });

  test('a kubelet that removes our socket while the registration is on its way is told of the next one', async () => {
    const node = await kubelet();
    let limits = 0;
    // The time limit of a registration is the first timer after the look at the folder.
    const removeSockets: Clock = {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic(),
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
      timer: (ms, fn) => {
        if (ms === 12_000 && ++limits === 1) {
          for (const name of readdirSync(folder.path)) {
            if (name.startsWith('hpe.com_cxi@')) rmSync(join(folder.path, name));
          }
        }
        return systemClock.timer(ms, fn);
      },
    };
    const server = start(lifetime, { profiles: [new TestProfile()], clock: removeSockets });
    await registered(server);
    expect((await node.plugin(resource)).request.endpoint).toMatch(/\.2\.sock$/);
    expect(node.registrations.get(resource)).toBe(1);
    expect(await node.devices(resource)).toHaveLength(2);
  });

  test('our own socket was removed while the kubelet runs: served and registered again', async () => {
    const server = serve(new TestProfile());
    const node = await kubelet();
    await node.devices(resource);
    rmSync(join(folder.path, (await node.plugin(resource)).request.endpoint));
    await node.plugins.until(() => (node.registrations.get(resource) ?? 0) > 1);
    await registered(server);
    await server.probe();
  });

  test('a kubelet that drops our stream but stays is told again', async () => {
    serve(new TestProfile());
    const node = await kubelet();
    await node.devices(resource);
    await node.drop(resource);
    await node.plugins.until(() => (node.registrations.get(resource) ?? 0) > 1);
    expect(await node.devices(resource)).toHaveLength(2);
  });

  test('a refusal is kept as the reason and tried again', async () => {
    const node = await kubelet();
    node.refusal = 'no such resource name';
    const server = serve(new TestProfile());
    await server.endpoints[0]?.status.until(({ message }) => message.includes('no such resource name'));
    expect(server.missing()).toEqual([`${resource}: registering ${resource}: no such resource name`]);
    node.refusal = undefined;
    await registered(server);
    expect(metrics.seen).toContain(`registered ${resource} false`);
    expect(metrics.seen).toContain(`registered ${resource} true`);
  });

  test('each registration is made on a socket of its own', async () => {
    serve(new TestProfile());
    const node = await kubelet();
    const first = (await node.plugin(resource)).request.endpoint;
    await node.drop(resource);
    await node.plugins.until((map) => map.get(resource)?.request.endpoint !== first);
    await node.devices(resource);
    expect(readdirSync(folder.path)).not.toContain(first);
  });

  test('the socket that a killed plugin left behind is removed', async () => {
    const stale = join(folder.path, 'hpe.com_cxi@0000000000000.1.sock');
    const killed = createServer().listen(join(folder.path, 'bound'));
    await once(killed, 'listening');
    renameSync(join(folder.path, 'bound'), stale);
    await new Promise((resolve) => killed.close(resolve));
    const server = serve(new TestProfile());
    const node = await kubelet();
    await registered(server);
    expect(await node.devices(resource)).toHaveLength(2);
    expect(existsSync(stale)).toBe(false);
  });
});

describe('options', () => {
  test('what a profile can do is what the kubelet is told', async () => {
    const prepared: string[] = [];
    class Able extends TestProfile {
      getPreferredAllocation = ({
        available,
        size,
      }: {
        available: readonly string[];
        size: number;
      }): readonly string[] => available.slice(-size);
      preStartContainer = async (ids: readonly string[]): Promise<void> => void prepared.push(...ids);
    }
    const node = await kubelet();
    serve(new Able());
    expect(await node.options(resource)).toEqual({
      preStartRequired: true,
      getPreferredAllocationAvailable: true,
    });
    expect(await node.getPreferredAllocation(resource, ['a', 'b'], [], 1)).toEqual(['b']);
    const { client } = await node.plugin(resource);
    await new Promise((resolve) => client.preStartContainer({ devicesIds: ['b'] }, resolve));
    expect(prepared).toEqual(['b']);
  });

  test('a question for no device is answered with none, and a call about none with nothing', async () => {
    const asked: number[] = [];
    class Able extends TestProfile {
      getPreferredAllocation = ({ size }: { size: number }): readonly string[] => {
        asked.push(size);
        return [];
      };
      preStartContainer = async (ids: readonly string[]): Promise<void> => void asked.push(ids.length);
      override allocate(
        containers: readonly (readonly string[])[],
      ): AllocateResponses | Promise<AllocateResponses> {
        asked.push(containers.length);
        return super.allocate(containers);
      }
    }
    const node = await kubelet();
    serve(new Able());
    expect(await node.getPreferredAllocation(resource, ['a', 'b'], [], 0)).toEqual([]);
    expect(await node.allocate(resource)).toMatchObject({ containerResponses: [] });
    const { containerResponses } = await node.allocate(resource, [], ['b'], []);
    expect(containerResponses.map(({ envs }) => envs)).toEqual([{}, { IDS: 'b' }, {}]);
    const { client } = await node.plugin(resource);
    await new Promise((resolve) => client.preStartContainer({ devicesIds: [] }, resolve));
    // The profile was asked only for the container that wants a device.
    expect(asked).toEqual([1]);
  });

  test('what it cannot do is UNIMPLEMENTED', async () => {
    const node = await kubelet();
    serve(new TestProfile());
    await expect(node.getPreferredAllocation(resource, ['a'], [], 1)).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: 'hpe.com/cxi does not offer preferred allocation',
    });
  });
});

describe('beside another plugin of the resource', () => {
  const obstacle = new Latest<string | undefined>(undefined);
  beforeEach(() => void obstacle.set('nothing can be allocated'));
  const hindered = (name = resource): HardwareProfile => Object.assign(new TestProfile(name), { obstacle });
  const held = (server: DevicePluginServer): Promise<unknown> | undefined =>
    server.endpoints[0]?.status.until(({ message }) => message === 'held back: nothing can be allocated');

  test('the first registration waits until something can be allocated', async () => {
    const node = await kubelet();
    const predecessor = serve(new TestProfile());
    await registered(predecessor);
    const successor = start(lifetime, { profiles: [hindered()] });
    await held(successor);
    await successor.probe();
    expect(node.registrations.get(resource)).toBe(1);
    obstacle.set(undefined);
    await registered(successor);
  });

  test('what keeps one resource from being registered keeps no other', async () => {
    await kubelet();
    const server = start(lifetime, { profiles: [hindered(), new TestProfile('hpe.com/cxi-vf')] });
    await server.endpoints[1]?.status.until((now) => now.registered);
    expect(server.missing()).toEqual([`${resource}: held back: nothing can be allocated`]);
  });

  test('alone it waits for a while only, so that the reason is seen', async () => {
    await kubelet();
    const server = start(lifetime, { profiles: [hindered()], obstacleWaitMs: 50 });
    await held(server);
    await registered(server);
  });

  test('the lists of the successor count: the predecessor sends none until that has ended', async () => {
    const node = await kubelet();
    const profile = new TestProfile();
    const predecessor = serve(profile);
    await registered(predecessor);
    const { devices, client } = await node.plugin(resource);
    await devices.until((list) => list?.[0]?.ID === 'a');
    await using later = new Lifetime();
    await registered(start(later, { profiles: [new TestProfile()] }));
    const roundTrip = (): Promise<void> =>
      new Promise((resolve) => client.getDevicePluginOptions({}, () => resolve()));
    let sent = 0;
    do {
      sent += 1;
      profile.devices.set([device(`n${sent}`)]);
      for (let i = 0; i < 20; i += 1) await roundTrip();
    } while (devices.value?.[0]?.ID === `n${sent}`);
    await later[Symbol.asyncDispose]();
    await devices.until((list) => list?.[0]?.ID === `n${sent}`);
  });
});

describe('the device list', () => {
  test('comes at once, then once per change, with health and NUMA node', async () => {
    const profile = new TestProfile();
    const node = await kubelet();
    serve(profile);
    await node.devices(resource);
    profile.devices.set([device('a'), { ids: ['c'], healthy: false, numaNodes: [] }]);
    await node.devices(resource, (list) => list[1]?.ID === 'c');
    profile.devices.set([]);
    await node.devices(resource, (list) => list.length === 0);
    expect((await node.plugin(resource)).lists).toEqual([
      [
        { ID: 'a', health: 'Healthy', topology: { nodes: [{ ID: 0 }] } },
        { ID: 'b', health: 'Healthy', topology: { nodes: [{ ID: 0 }] } },
      ],
      [
        { ID: 'a', health: 'Healthy', topology: { nodes: [{ ID: 0 }] } },
        { ID: 'c', health: 'Unhealthy', topology: undefined },
      ],
      [],
    ]);
  });

  test('changes of one moment are one update, and none if they cancel out', async () => {
    const profile = new TestProfile();
    const before = profile.devices.value;
    const node = await kubelet();
    serve(profile);
    const { lists } = await node.plugin(resource);
    await node.devices(resource);
    profile.devices.set([]);
    profile.devices.set([...before]);
    for (let i = 1; i <= 50; i++) profile.devices.set([device(`n${i}`)]);
    await node.devices(resource, (list) => list[0]?.ID === 'n50');
    expect(lists.map((list) => list.map(({ ID }) => ID))).toEqual([['a', 'b'], ['n50']]);
  });

  test('a reader that does not read gets the newest list, not every old one', async () => {
    const profile = new TestProfile();
    const node = await kubelet();
    serve(profile);
    const plugin = await node.plugin(resource);
    await node.devices(resource);
    plugin.stream.pause();
    const rounds = 300;
    for (let round = 1; round <= rounds; round++) {
      profile.devices.set(Array.from({ length: 2000 }, (_, i) => device(`${round}-${i}`)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    plugin.stream.resume();
    await node.devices(resource, (list) => list[0]?.ID === `${rounds}-0`);
    expect(plugin.lists.length).toBeLessThan(rounds / 2);
  });
});

describe('Allocate', () => {
  test('answers one response per container, in order', async () => {
    const node = await kubelet();
    serve(new TestProfile());
    const { containerResponses } = await node.allocate(resource, ['b'], ['a']);
    expect(containerResponses.map(({ envs }) => envs)).toEqual([{ IDS: 'b' }, { IDS: 'a' }]);
    expect(metrics.seen).toContain(`allocated ${resource} 2`);
  });

  test('refusals reach the kubelet as statuses and the metrics as codes', async () => {
    class Sulking extends TestProfile {
      override allocate(): ContainerAllocateResponse[] {
        throw new HwError('FailedPrecondition', 'held elsewhere', { remedy: 'wait' });
      }
    }
    const node = await kubelet();
    serve(new Sulking());
    await expect(node.allocate(resource, ['zz'])).rejects.toMatchObject({
      code: status.NOT_FOUND,
      details: 'device "zz" is not known',
    });
    await expect(node.allocate(resource, ['a'])).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'held elsewhere (wait)',
    });
    expect(metrics.seen.filter((line) => line.startsWith('refused'))).toEqual([
      `refused ${resource} Allocate NotFound`,
      `refused ${resource} Allocate FailedPrecondition`,
    ]);
  });

  test('what others have just allocated is looked up before devices are', async () => {
    class Late extends TestProfile {
      beforeAllocate = async (): Promise<void> => void this.devices.set([device('a', false), device('b')]);
    }
    const node = await kubelet();
    serve(new Late());
    await node.devices(resource);
    await expect(node.allocate(resource, ['a'])).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    await node.allocate(resource, ['b']);
  });

  test('a profile that answers for the wrong number of containers is not passed on', async () => {
    class Short extends TestProfile {
      override allocate(): ContainerAllocateResponse[] {
        return [{}];
      }
    }
    const node = await kubelet();
    serve(new Short());
    await expect(node.allocate(resource, ['a'], ['b'])).rejects.toMatchObject({ code: status.INTERNAL });
  });
});

describe('an Allocate that takes time', () => {
  /** Answers when the test lets it; what ran is noted. */
  class SlowProfile extends TestProfile {
    readonly allocateTimeoutMs: number;
    readonly events = new Latest<readonly string[]>([]);
    readonly #release = new Latest(0);

    constructor(name = resource, timeoutMs = 15_000) {
      super(name);
      this.allocateTimeoutMs = timeoutMs;
    }

    override async allocate(
      containers: readonly (readonly string[])[],
      signal: AbortSignal,
    ): Promise<AllocateResponses> {
      const id = containers.flat().join();
      this.#note(`begin ${id}`);
      signal.addEventListener('abort', () => this.#note(`abort ${id}: ${errorMessage(signal.reason)}`));
      await this.#release.until((count) => count > 0);
      this.#release.set(this.#release.value - 1);
      this.#note(`end ${id}`);
      return super.allocate(containers);
    }

    /** Lets the Allocate that runs, or the next one, end. */
    release(): void {
      this.#release.set(this.#release.value + 1);
    }

    #note(event: string): void {
      this.events.set([...this.events.value, event]);
    }
  }

  test('is answered when the profile has answered, and refused with the code it was refused with', async () => {
    class Refusing extends TestProfile {
      override async allocate(): Promise<AllocateResponses> {
        await new Promise((resolve) => setImmediate(resolve));
        throw new HwError('Unavailable', 'the volume is not mounted');
      }
    }
    const slow = new SlowProfile('example.com/slow');
    const node = await kubelet();
    serve(slow, new Refusing());
    await node.devices('example.com/slow');
    const answer = node.allocate('example.com/slow', ['a']);
    await slow.events.until((events) => events.includes('begin a'));
    slow.release();
    expect((await answer).containerResponses[0]?.envs).toEqual({ IDS: 'a' });
    await expect(node.allocate(resource, ['a'])).rejects.toMatchObject({
      code: status.UNAVAILABLE,
      details: 'the volume is not mounted',
    });
  });

  test('is not interrupted by another one, not of another resource either', async () => {
    const one = new SlowProfile('example.com/one');
    const two = new SlowProfile('example.com/two');
    const order: string[] = [];
    for (const profile of [one, two])
      profile.events.subscribe((events) => order.push(`${profile.resource} ${events.at(-1)}`));
    const node = await kubelet();
    serve(one, two);
    await node.devices('example.com/one');
    await node.devices('example.com/two');
    const first = node.allocate('example.com/one', ['a']);
    await one.events.until((events) => events.length > 0);
    const others = [node.allocate('example.com/two', ['b']), node.allocate('example.com/one', ['b'])];
    // A connection keeps the order of calls: once this is answered, the Allocate before it has arrived.
    await node.options('example.com/two');
    await node.options('example.com/one');
    expect(order).toEqual(['example.com/one begin a']);
    one.release();
    one.release();
    two.release();
    await Promise.all([first, ...others]);
    // Whoever begins ends before the next one begins.
    expect(order.map((event) => event.split(' ')[1])).toEqual([
      'begin',
      'end',
      'begin',
      'end',
      'begin',
      'end',
    ]);
    expect(order.slice(0, 2)).toEqual(['example.com/one begin a', 'example.com/one end a']);
  });

  test('sees what the one before it changed', async () => {
    class Taking extends SlowProfile {
      override async allocate(
        containers: readonly (readonly string[])[],
        signal: AbortSignal,
      ): Promise<AllocateResponses> {
        const answer = await super.allocate(containers, signal);
        this.devices.set([device('a', false), device('b')]);
        return answer;
      }
    }
    const profile = new Taking();
    const node = await kubelet();
    serve(profile);
    await node.devices(resource);
    const first = node.allocate(resource, ['a']);
    await profile.events.until((events) => events.length > 0);
    const refused = expect(node.allocate(resource, ['a'])).rejects.toMatchObject({
      code: status.FAILED_PRECONDITION,
    });
    await node.options(resource);
    profile.release();
    profile.release();
    await first;
    await refused;
    expect(profile.events.value).toEqual(['begin a', 'end a']);
  });

  test('that takes too long is refused in time; the next waits for its end and is refused too', async () => {
    const profile = new SlowProfile(resource, 300);
    const node = await kubelet();
    serve(profile);
    await node.devices(resource);
    const late = {
      code: status.DEADLINE_EXCEEDED,
      details: `allocating ${resource} took longer than 300 ms`,
    };
    await expect(node.allocate(resource, ['a'])).rejects.toMatchObject(late);
    await expect(node.allocate(resource, ['b'])).rejects.toMatchObject(late);
    expect(profile.events.value).toEqual(['begin a', `abort a: ${late.details}`]);
    profile.release();
    await profile.events.until((events) => events.includes('end a'));
    profile.release();
    expect((await node.allocate(resource, ['b'])).containerResponses).toHaveLength(1);
    expect(metrics.seen.filter((line) => / Allocate | allocated|^allocated/.test(line))).toEqual([
      `refused ${resource} Allocate DeadlineExceeded`,
      `refused ${resource} Allocate DeadlineExceeded`,
      `allocated ${resource} 1`,
    ]);
  });

  test('is told when the kubelet gives up, and a call that waited for its turn does nothing', async () => {
    const profile = new SlowProfile();
    const node = await kubelet();
    serve(profile);
    await node.devices(resource);
    const { client } = await node.plugin(resource);
    const call = (id: string) =>
      client.allocate({ containerRequests: [{ devicesIds: [id] }] }, () => undefined);
    const running = call('a');
    await profile.events.until((events) => events.includes('begin a'));
    const waiting = call('b');
    running.cancel();
    await profile.events.until((events) => events.includes('abort a: the kubelet gave the call up'));
    // The connection keeps the order of calls: once this one is answered, the cancellation before it was seen.
    waiting.cancel();
    await node.options(resource);
    profile.release();
    profile.release();
    expect((await node.allocate(resource, ['b'])).containerResponses[0]?.envs).toEqual({ IDS: 'b' });
    expect(profile.events.value.filter((event) => event.startsWith('begin'))).toEqual(['begin a', 'begin b']);
    expect(metrics.seen).toContain(`refused ${resource} Allocate Cancelled`);
  });
});

describe('life', () => {
  test('the probe goes through the socket: it fails when that is gone', async () => {
    const server = serve(new TestProfile());
    await kubelet();
    await registered(server);
    await server.probe();
    await lifetime[Symbol.asyncDispose]();
    await expect(server.probe(500)).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('stopping ends the streams and removes the sockets', async () => {
    const node = await kubelet();
    const server = serve(new TestProfile());
    await registered(server);
    const { ended } = await node.plugin(resource);
    lifetime.stop();
    await ended.until((now) => now);
    await server.endpoints[0]?.status.until(({ message }) => message === 'stopped');
    await lifetime[Symbol.asyncDispose]();
    expect(readdirSync(folder.path).filter((name) => name !== 'kubelet.sock')).toEqual([]);
  });

  test('a missing folder is waited for', async () => {
    folder[Symbol.dispose]();
    const server = serve(new TestProfile());
    const { status } = server.endpoints[0] ?? {};
    await status?.until(({ message }) => message.includes(`socket folder ${folder.path} cannot be opened`));
    await expect(server.probe()).rejects.toMatchObject({ code: 'Unavailable' });
    expect(server.missing()[0]).toContain('mount the folder');
  });
});
