import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { AllocateQueue } from './allocate-queue.ts';
import { DevicePluginServer } from './device-plugin-server.ts';
import type { Device } from './hardware-profile.ts';
import { noPluginMetrics } from './metrics/plugin-metrics.ts';
import { register } from './registration.ts';
import { ResourceServer } from './resource-server.ts';
import { socketFolder } from './testing/index.ts';

/** The kubelet's own registration server, built from its own package in these folders. */
const modules = fileURLToPath(new URL('../../../tools/testbed/go', import.meta.url));
const versions = { '1.36': 'kubernetes', '1.37': 'kubernetes-1.37' } as const;
type Version = keyof typeof versions;
const output = mkdtempSync(join(tmpdir(), 'rackwright-go-'));
const given = process.env.RACKWRIGHT_KUBELET_REGISTRATION;
const programOf = (version: Version): string => join(given ?? output, `deviceplugins-${version}`);
afterAll(() => rmSync(output, { recursive: true, force: true }));

/** Why the program cannot be had here. Kubernetes takes half a minute to build, so not in every run. */
function missing(version: Version): string | undefined {
  if (given !== undefined) return undefined;
  if (process.env.RACKWRIGHT_SLOW_TESTS === undefined) return 'RACKWRIGHT_SLOW_TESTS is not set';
  const env = { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local' };
  const folder = join(modules, versions[version]);
  const words = ['build', '-C', folder, '-o', programOf(version), './deviceplugins'];
  const { status, error, stderr } = spawnSync('go', words, { env, encoding: 'utf8' });
  if (status === 0) return undefined;
  if (error !== undefined) return 'there is no go';
  if (stderr.includes('GOPROXY=off')) return 'its Go modules are not in the module cache';
  throw new Error(stderr);
}

const kinds = (Object.keys(versions) as Version[]).map((version) => {
  const reason = missing(version);
  return { version, reason, label: reason === undefined ? version : `${version} (skipped: ${reason})` };
});
// Where every test is skipped, nothing runs after them.
if (kinds.every(({ reason }) => reason !== undefined)) rmSync(output, { recursive: true, force: true });

/** What the kubelet's device manager would believe after one event. */
interface Belief {
  readonly Event: string;
  readonly Resource: string;
  readonly Healthy: number;
  readonly Endpoint: string;
  readonly Stopped: boolean;
}

const resource = 'hpe.com/cxi';
const offered: Device[] = [{ ids: ['a', 'b'], healthy: true, numaNodes: [] }];

class Kubelet implements AsyncDisposable {
  readonly beliefs = new Latest<readonly Belief[]>([]);
  readonly #folder = socketFolder();
  readonly #plugins: Plugin[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;

  constructor(version: Version, heldUp = '0s') {
    this.#child = spawn(programOf(version), [this.#folder.path, heldUp], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    createInterface(this.#child.stdout).on('line', (line) => {
      this.beliefs.set([...this.beliefs.value, JSON.parse(line) as Belief]);
    });
  }

  get folder(): string {
    return this.#folder.path;
  }

  /** Starts a plugin, as one more pod of the DaemonSet. */
  plugin(): Plugin {
    const plugin = new Plugin(this.#folder.path);
    this.#plugins.push(plugin);
    return plugin;
  }

  /** Waits until the newest belief satisfies `wanted`, counted from the event number `from`. */
  async until(wanted: (belief: Belief) => boolean, from = 0): Promise<void> {
    await this.beliefs.until((list) => list.slice(from).some(wanted));
  }

  /** Healthy devices after each event since the first list. */
  get healthy(): number[] {
    return this.beliefs.value.map(({ Healthy }) => Healthy).filter((count) => count >= 0);
  }

  /** Whether there was a moment at which nobody could be asked for devices. */
  get everStopped(): boolean {
    return this.beliefs.value.some(({ Stopped }) => Stopped);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#plugins.map((plugin) => plugin[Symbol.asyncDispose]()));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#child.once('close', () => resolve());
    this.#child.stdin.end();
    await promise;
    this.#folder[Symbol.dispose]();
  }
}

class Plugin implements AsyncDisposable {
  readonly #lifetime = new Lifetime();
  readonly #server: DevicePluginServer;
  /** What it logged. */
  readonly said = new Latest<readonly string[]>([]);

  constructor(folder: string) {
    const log = (text: string): void => void this.said.set([...this.said.value, text]);
    const logger = { ...silentLogger, info: log, warn: log, child: () => logger };
    const devices = new Latest<readonly Device[]>(offered);
    const allocate = (containers: readonly (readonly string[])[]): [] | object[] =>
      containers.map(() => ({}));
    const profiles = [{ resource, devices, allocate }];
    this.#server = new DevicePluginServer({ profiles, folder, clock: systemClock, logger, pollMs: 50 });
    this.#lifetime.spawn('plugin', (signal) => this.#server.start(signal));
  }

  get prepared(): boolean {
    return this.said.value.some((line) => line.includes('made ready'));
  }

  async untilPrepared(): Promise<void> {
    await this.said.until(() => this.prepared);
  }

  /** Waits until the pod would be ready, and its predecessor be stopped. */
  async untilReady(): Promise<void> {
    while (this.#server.missing().length > 0) await setImmediate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }
}

/** A plugin of the resource that no other can see, registered once. */
class Stranger implements AsyncDisposable {
  readonly name: string;
  readonly #server: ResourceServer;

  private constructor(server: ResourceServer) {
    this.name = server.name;
    this.#server = server;
  }

  static async start(folder: string): Promise<Stranger> {
    const profile = { resource, devices: new Latest<readonly Device[]>(offered), allocate: () => [] };
    const common = { profile, folder, socket: 'stranger.sock', clock: systemClock };
    const server = await ResourceServer.listen({
      ...common,
      ...{ logger: silentLogger, metrics: noPluginMetrics, queue: new AllocateQueue(systemClock) },
    });
    await register({ ...common, stands: () => server.stands });
    return new Stranger(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.close();
  }
}

const listed = ({ Event, Healthy }: Belief): boolean => Event === 'listed' && Healthy === 2;
/** The kubelet has healthy devices and somebody to ask for them. */
const good = ({ Healthy, Stopped }: Belief): boolean => Healthy === 2 && !Stopped;
const gone = ({ Healthy }: Belief): boolean => Healthy === 0;

describe.each(kinds)('with the kubelet’s own registration server of $label', ({ version, reason }) => {
  const ifBuilt = reason === undefined ? test : test.skip;
  let kubelet: Kubelet;
  beforeEach(() => {
    if (reason === undefined) kubelet = new Kubelet(version);
  });
  afterEach(async () => {
    if (reason === undefined) await kubelet[Symbol.asyncDispose]();
  });
  const seen = (): number => kubelet.beliefs.value.length;

  ifBuilt(
    'a rollout never leaves the kubelet without a healthy device, and its end is noticed',
    async () => {
      await kubelet.until(({ Event }) => Event === 'started');
      let old = kubelet.plugin();
      await kubelet.until(listed);
      for (let round = 0; round < 3; round += 1) {
        const next = kubelet.plugin();
        await next.untilReady();
        expect(next.prepared).toBe(true);
        const before = seen();
        await old[Symbol.asyncDispose]();
        await kubelet.until(({ Event }) => Event === 'connected', before);
        await kubelet.until(listed, before);
        expect([Math.min(...kubelet.healthy), kubelet.everStopped]).toEqual([2, false]);
        old = next;
      }
      const before = seen();
      await old[Symbol.asyncDispose]();
      await kubelet.until(gone, before);
    },
    60_000,
  );

  ifBuilt(
    'a rollout right after another never leaves the kubelet without a healthy device either',
    async () => {
      await kubelet.until(({ Event }) => Event === 'started');
      const first = kubelet.plugin();
      await kubelet.until(listed);
      const second = kubelet.plugin();
      await second.untilPrepared();
      const third = kubelet.plugin();
      await third.untilPrepared();
      const before = seen();
      // The second is still prepared for the end of the first when it is replaced itself.
      await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
      await kubelet.until(({ Event }) => Event === 'connected', before);
      await kubelet.until(listed, before);
      expect([Math.min(...kubelet.healthy), kubelet.everStopped]).toEqual([2, false]);
      const end = seen();
      await third[Symbol.asyncDispose]();
      await kubelet.until(gone, end);
    },
    60_000,
  );

  ifBuilt(
    'a rollout that is taken back leaves the old plugin in place',
    async () => {
      kubelet.plugin();
      await kubelet.until(listed);
      const next = kubelet.plugin();
      await next.untilPrepared();
      const before = seen();
      await next[Symbol.asyncDispose]();
      await kubelet.until(({ Event }) => Event === 'connected', before);
      expect([Math.min(...kubelet.healthy), kubelet.everStopped]).toEqual([2, false]);
      await kubelet.beliefs.until((list) => list.at(-1)?.Event === 'listed' && list.slice(-1).some(good));
    },
    30_000,
  );

  // Later kubelets do not end one plugin for another.
  if (version === '1.36')
    ifBuilt(
      'a kubelet that is held up while it drops the plugin notes the end of its next registration: one more puts it right',
      async () => {
        await kubelet[Symbol.asyncDispose]();
        kubelet = new Kubelet(version, '200ms');
        await kubelet.until(({ Event }) => Event === 'started');
        await using stranger = await Stranger.start(kubelet.folder);
        await kubelet.until(listed);
        kubelet.plugin();
        await kubelet.until(({ Event, Endpoint }) => Event === 'listed' && Endpoint !== stranger.name);
        // The kubelet closes the stream of whom it listened of last.
        await stranger[Symbol.asyncDispose]();
        await kubelet.until(({ Event, Stopped }) => Event === 'disconnected' && Stopped);
        const before = seen();
        await kubelet.until((belief) => listed(belief) && good(belief), before);
      },
      10_000,
    );

  ifBuilt(
    'both end at once, as when the chart is removed: the kubelet notices',
    async () => {
      const old = kubelet.plugin();
      await kubelet.until(listed);
      const next = kubelet.plugin();
      await next.untilPrepared();
      await Promise.all([old[Symbol.asyncDispose](), next[Symbol.asyncDispose]()]);
      await kubelet.beliefs.until((list) => list.at(-1)?.Healthy === 0);
    },
    30_000,
  );
});
