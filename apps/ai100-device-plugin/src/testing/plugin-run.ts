import { EventEmitter } from 'node:events';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoundedCalls, type Clock, Lifetime, silentLogger } from '@rackwright/core';
import { PlainKubelet, PlainPodResources, socketFolder } from '@rackwright/kubelet/testing';
import { commonOptions, createMetrics, HealthChecks, loadConfig, type Registry } from '@rackwright/service';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { start } from '../app.ts';
import { type AgentConfig, options } from '../options/index.ts';
import { QuickClock } from './quick-clock.ts';

/** What a run of the plugin is given. */
export interface PluginRunOptions {
  readonly host: HostSpec;
  readonly args?: readonly string[];
  readonly clock?: Clock;
  /** The API server and the account of the plugin's pod there; by default it has none. */
  readonly cluster?: PodOfCluster;
}

/** What a pod has of its cluster. */
export interface PodOfCluster {
  readonly env: NodeJS.ProcessEnv;
  /** Files of its service account. */
  readonly account: Readonly<Record<string, string>>;
}

/** What the plugin writes down of drives: without it an agent knows nothing of what they did. */
const records = ['/var/lib/ai100/health.json', '/var/lib/ai100/recovery.json'];

interface Around {
  readonly outer: Lifetime;
  readonly folder: string;
  readonly clock: Clock;
  readonly cluster: PodOfCluster | undefined;
}

/** The plugin in this process, on a simulated host with its tools, beside a plain kubelet. */
export class PluginRun implements AsyncDisposable {
  readonly host: SimulatedHost;
  readonly kubelet: PlainKubelet;
  readonly pods: PlainPodResources;
  readonly health: HealthChecks;
  readonly metrics: Registry;
  readonly #outer: Lifetime;
  readonly #signals = new EventEmitter();
  #plugin = new Lifetime();
  #args: readonly string[] = [];
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #cluster: PodOfCluster | undefined;

  private constructor(
    parts: Pick<PluginRun, 'host' | 'kubelet' | 'pods'>,
    { outer, folder, clock, cluster }: Around,
  ) {
    this.host = parts.host;
    this.kubelet = parts.kubelet;
    this.pods = parts.pods;
    this.health = new HealthChecks({ clock });
    this.metrics = createMetrics({ app: 'ai100-device-plugin', version: 'test', startedAtMs: clock.now() });
    this.#outer = outer;
    this.#folder = folder;
    this.#clock = clock;
    this.#cluster = cluster;
  }

  static async start({
    host: spec,
    args = [],
    clock = new QuickClock(),
    cluster,
  }: PluginRunOptions): Promise<PluginRun> {
    const outer = new Lifetime();
    const { path: folder } = outer.use(socketFolder());
    const host = await SimulatedHost.create(
      join(
        folder,
        'a-folder-so-deep-that-no-socket-in-it-can-be-named-by-its-path-which-may-have-107-bytes',
        'node',
      ),
      { commands: true, ...spec },
      clock,
    );
    for (const name of ['plugins', 'pods', 'cdi']) mkdirSync(join(folder, name));
    // As the volume of a pod of a simulated cluster.
    symlinkSync(host.folder, join(folder, 'host'));
    const kubelet = outer.use(await PlainKubelet.start(join(folder, 'plugins')));
    const pods = outer.use(await PlainPodResources.start(join(folder, 'pods', 'kubelet.sock')));
    const self = new PluginRun({ host, kubelet, pods }, { outer, folder, clock, cluster });
    self.#args = args;
    self.#writeAccount();
    self.#start();
    return self;
  }

  /** Tells the plugin something, with other arguments as its configuration if there are any. */
  signal(name: 'SIGHUP' | 'SIGUSR1', args = this.#args): void {
    this.#args = args;
    this.#signals.emit(name);
  }

  /** Where the CDI specification is kept. */
  get cdiFile(): string {
    return join(this.#folder, 'cdi', 'phison.com-ai100.yaml');
  }

  #env(): NodeJS.ProcessEnv {
    return { RACKWRIGHT_SANDBOX_ROOT: this.#folder, ...this.#cluster?.env };
  }

  #writeAccount(): void {
    if (this.#cluster === undefined) return;
    const folder = join(this.#folder, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of Object.entries(this.#cluster.account)) writeFileSync(join(folder, name), text);
  }

  #readConfig(): AgentConfig {
    const argv = [
      ...['--host-root=/host', '--kubelet-dir=/plugins', '--cdi-dir=/cdi', '--health-port=0'],
      ...['--pod-resources-socket=/pods/kubelet.sock', `--node-root=${this.host.folder}`],
      ...['--health-poll=6s', '--health-command-timeout=5s', '--cache-settle=0s'],
      ...this.#args,
    ];
    return loadConfig({ ...commonOptions, ...options }, { argv, env: this.#env(), readFile: () => '' });
  }

  #start(): void {
    const lifetime = this.#plugin;
    const { health, metrics } = this;
    const context = {
      version: 'test',
      config: this.#readConfig(),
      logger: silentLogger,
      clock: this.#clock,
      lifetime,
      env: this.#env(),
    };
    const calls = new BoundedCalls({ clock: this.#clock, deadlineMs: 5000 });
    const reloads = { signals: this.#signals, readConfig: () => this.#readConfig() };
    lifetime.spawn('plugin', () => start({ ...context, health, metrics }, reloads, calls));
  }

  /** Starts a plugin after the one before was stopped; it knows nothing of what the drives did. */
  startAnew(args: readonly string[]): void {
    for (const file of records) rmSync(this.host.root.path(file), { force: true });
    this.#args = args;
    this.#plugin = new Lifetime();
    this.#start();
  }

  /** Stops the plugin; the kubelet and the host stay. */
  async stop(): Promise<void> {
    await this.#plugin[Symbol.asyncDispose]();
    if (this.#plugin.failure !== undefined) throw this.#plugin.failure;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#outer[Symbol.asyncDispose]();
    }
  }
}
