import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { CxiScanner } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { PlainKubelet, PlainPodResources, socketFolder } from '@rackwright/kubelet/testing';
import { commonOptions, createMetrics, HealthChecks, loadConfig, type Registry } from '@rackwright/service';
import { type HostSpec, SimulatedHost } from '@rackwright/simulator';
import { start } from '../app.ts';
import { completeArguments } from '../hpe-options.ts';
import { options } from '../options.ts';

/** What a run of the plugin is given. */
export interface PluginRunOptions {
  readonly host: HostSpec;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly clock?: Clock;
  /** Whether the kubelet answers on its pod resources socket from the start; default true. */
  readonly podResources?: boolean;
  /** Puts a file where the CDI folder should be. */
  readonly blockCdi?: boolean;
  /** How long the first registration waits for what is needed to allocate NICs. */
  readonly obstacleWaitMs?: number;
}

/** The plugin in this process, on a simulated host, beside a plain kubelet. */
export class PluginRun implements AsyncDisposable {
  readonly folder: string;
  readonly host: SimulatedHost;
  readonly kubelet: PlainKubelet;
  /** What the plugin sees the host by; others may use it too. */
  readonly scanner: CxiScanner;
  readonly health: HealthChecks;
  readonly metrics: Registry;
  readonly #outer: Lifetime;
  readonly #plugin: Lifetime;

  private constructor(
    parts: Pick<PluginRun, 'folder' | 'host' | 'kubelet' | 'scanner' | 'health' | 'metrics'>,
    outer: Lifetime,
    plugin: Lifetime,
  ) {
    this.folder = parts.folder;
    this.host = parts.host;
    this.kubelet = parts.kubelet;
    this.scanner = parts.scanner;
    this.health = parts.health;
    this.metrics = parts.metrics;
    this.#outer = outer;
    this.#plugin = plugin;
  }

  static async start(run: PluginRunOptions): Promise<PluginRun> {
    const clock = run.clock ?? systemClock;
    const outer = new Lifetime();
    const { path: folder } = outer.use(socketFolder());
    const host = await SimulatedHost.create(join(folder, 'host'), run.host, clock);
    for (const name of ['plugins', 'pods']) mkdirSync(join(folder, name));
    const kubelet = outer.use(await PlainKubelet.start(join(folder, 'plugins')));
    const health = new HealthChecks({ clock });
    const metrics = createMetrics({ app: 'cxi-device-plugin', version: 'test', startedAtMs: clock.now() });
    const scanner = new CxiScanner({ files: new HostFiles(host.root), clock });
    const plugin = new Lifetime();
    const self = new PluginRun({ folder, host, kubelet, scanner, health, metrics }, outer, plugin);
    if (run.podResources !== false) await self.answerPodResources();
    if (run.blockCdi === true) writeFileSync(join(folder, 'cdi'), '');
    const env = run.env ?? {};
    const config = loadConfig(
      { ...commonOptions, ...options },
      { argv: completeArguments([...self.#paths(), ...(run.args ?? [])]), env, readFile: () => '' },
    );
    plugin.spawn(scanner.name, (signal) => scanner.start(signal));
    plugin.spawn('plugin', () =>
      start(
        { version: 'test', config, logger: silentLogger, clock, lifetime: plugin, env, metrics, health },
        { scanner, ...(run.obstacleWaitMs !== undefined && { obstacleWaitMs: run.obstacleWaitMs }) },
      ),
    );
    return self;
  }

  /** Starts the kubelet's pod resources socket. */
  async answerPodResources(): Promise<PlainPodResources> {
    this.pods = this.#outer.use(await PlainPodResources.start(join(this.folder, 'pods', 'kubelet.sock')));
    return this.pods;
  }

  pods: PlainPodResources | undefined;

  get cdiFile(): string {
    return join(this.folder, 'cdi', 'hpe.com-cxi.yaml');
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

  #paths(): string[] {
    return [
      `--host-root=${this.host.folder}`,
      `--kubelet-dir=${join(this.folder, 'plugins')}`,
      `--pod-resources-socket=${join(this.folder, 'pods', 'kubelet.sock')}`,
      `--cdi-dir=${join(this.folder, 'cdi')}`,
      '--health-port=0',
    ];
  }
}
