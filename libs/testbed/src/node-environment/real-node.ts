import { readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Clock } from '@rackwright/core';
import type { SimulatedHost } from '@rackwright/simulator';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import type { Daemon } from '../process/daemon.ts';
import { waitUntil } from '../wait-until.ts';
import { removeEmptyGroups } from './cgroups.ts';
import { kubeletFlags, type TopologyPolicy } from './configuration.ts';
import { knowsItsPods, offeredResources, pluginNotes, registrationTimes } from './kubelet-log.ts';
import { type NodeLayout, runtimeSocket } from './layout.ts';
import { Machine } from './machine.ts';
import { connectMachine, disconnectMachine } from './network.ts';
import { writeKubeletConfiguration, writeNodeFiles } from './node-files.ts';
import { importImages, tagImage } from './node-images.ts';
import { writeNumaTree } from './numa-tree.ts';
import { killContainers } from './runtime-processes.ts';
import { type ProxiedMachine, ServiceProxy } from './service-proxy.ts';

/** Programs of a node, by path. */
export interface NodePrograms {
  readonly containerd: string;
  readonly 'containerd-shim-runc-v2': string;
  readonly ctr: string;
  readonly kubelet: string;
  readonly 'kube-proxy': string;
}

/** What a node is made of. */
export interface RealNodeOptions {
  readonly layout: NodeLayout;
  readonly host: SimulatedHost;
  readonly topologyPolicy?: TopologyPolicy;
  /** How many NUMA nodes the machine seems to have. Default 1. */
  readonly numaNodes?: number;
  readonly controlPlane: ControlPlane;
  readonly programs: NodePrograms;
  /** OCI archives of the images it has. */
  readonly images: readonly string[];
  /** URL of the registry that has all others. */
  readonly registry: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

const startDeadlineMs = 60_000;

/** The kernel would keep the files of loop devices open for ever; a mounted one goes with its last mount. */
const detachLoops = `for file in "$1"/var/lib/*/loop/*; do
  [ -f "$file" ] || continue
  for loop in $(losetup -n -O NAME -j "$file"); do losetup -d "$loop"; done
done`;

/** A node with a real kubelet, containerd and runc, on a machine whose hardware is simulated. */
export class RealNode implements AsyncDisposable {
  readonly layout: NodeLayout;
  readonly host: SimulatedHost;
  readonly #options: RealNodeOptions;
  #machine: Machine;
  #containerd: Daemon | undefined;
  #kubelet: Daemon | undefined;
  #proxy: ServiceProxy | undefined;
  /** How many kubelets have been started. */
  #starts = 0;

  private constructor(options: RealNodeOptions, machine: Machine) {
    this.#options = options;
    this.layout = options.layout;
    this.host = options.host;
    this.#machine = machine;
  }

  /** @throws HwError Internal quoting the log of what failed */
  static async start(options: RealNodeOptions): Promise<RealNode> {
    const { layout, clock } = options;
    const { topologyPolicy = 'none', registry } = options;
    await writeNodeFiles(layout, options.controlPlane, { topologyPolicy, registry });
    await writeNumaTree(layout.numa, options.numaNodes ?? 1);
    const node = new RealNode(options, await Machine.boot(layout, clock));
    try {
      await connectMachine(node.#machine, layout, clock);
      await node.#startContainerd();
      await importImages(node.#machine, options.programs.ctr, options.images);
      await node.startKubelet();
      await node.#startProxy();
      await node.#kubeletServes();
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  get name(): string {
    return this.layout.name;
  }

  /** The machine as it is since its last boot. */
  get machine(): Machine {
    return this.#machine;
  }

  /** The kubelet's process, or undefined while it is stopped. */
  get kubeletPid(): number | undefined {
    return this.#kubelet?.exit === undefined ? this.#kubelet?.pid : undefined;
  }

  async stopKubelet(): Promise<void> {
    await this.#kubelet?.stop();
    this.#kubelet = undefined;
  }

  async startKubelet(): Promise<void> {
    const { layout, programs } = this.#options;
    this.#kubelet = await this.#machine.start({
      name: `kubelet of ${layout.name}`,
      program: programs.kubelet,
      args: kubeletFlags(layout),
      log: join(layout.folder, 'kubelet.log'),
      env: this.#environment(),
      stopGraceMs: 5000,
    });
  }

  /**
   * Stops the kubelet and starts it again; containers keep running.
   *
   * @param topologyPolicy how it aligns devices from now on; default as before
   */
  async restartKubelet(topologyPolicy?: TopologyPolicy): Promise<void> {
    await this.stopKubelet();
    if (topologyPolicy !== undefined) await writeKubeletConfiguration(this.layout, topologyPolicy);
    await this.startKubelet();
    await this.#kubeletServes();
  }

  /** Everything the node's kubelets logged since its first start. */
  kubeletLog(): Promise<string> {
    return readFile(join(this.layout.folder, 'kubelet.log'), 'utf8');
  }

  /**
   * Waits until every resource the kubelet before this one could allocate is
   * with the one that runs now, which also knows which pods have some of it.
   */
  async untilPluginsAreBack(): Promise<void> {
    const { clock, signal } = this.#options;
    await waitUntil(
      `the device plugins of ${this.name} to be back`,
      async () => {
        const log = await this.kubeletLog();
        const notes = pluginNotes(log);
        const start = notes.findLastIndex(({ kind }) => kind === 'serving');
        const back = registrationTimes(notes);
        return (
          knowsItsPods(log) && offeredResources(notes.slice(0, start)).every((resource) => back.has(resource))
        );
      },
      { clock, signal, intervalMs: 50 },
    );
  }

  /** Gives an image a second name. */
  async tagImage(from: string, to: string): Promise<void> {
    await tagImage(this.#machine, this.#options.programs.ctr, { from, to });
  }

  /**
   * The power fails and comes back: every container is gone, /run is empty, the
   * kubelet's folder with its checkpoint and the images are as they were.
   */
  async restart(): Promise<void> {
    await this.#powerOff();
    await this.host.reboot();
    this.#machine = await Machine.boot(this.layout, this.#options.clock);
    await connectMachine(this.#machine, this.layout, this.#options.clock);
    await this.#startContainerd();
    await this.startKubelet();
    await this.#startProxy();
    await this.#kubeletServes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#powerOff();
  }

  /** Until then its log ends with what the one before wrote. */
  async #kubeletServes(): Promise<void> {
    const { clock, signal } = this.#options;
    const starts = async (): Promise<number> =>
      pluginNotes(await this.kubeletLog()).filter(({ kind }) => kind === 'serving').length;
    this.#starts += 1;
    const serves = async (): Promise<boolean> => (await starts()) >= this.#starts;
    await waitUntil(`the kubelet of ${this.name} to serve`, serves, { clock, signal, intervalMs: 20 });
  }

  async #powerOff(): Promise<void> {
    await this.stopKubelet();
    await this.#proxy?.stop();
    await this.#containerd?.stop();
    this.#containerd = undefined;
    await killContainers(this.#machine, this.#options.clock);
    await this.#machine.run(['/bin/sh', '-c', detachLoops, this.name, this.layout.host]);
    await this.#machine[Symbol.asyncDispose]();
    await disconnectMachine(this.layout, this.#options.clock);
    // A kubelet that finds groups of containers it cannot ask about starts a minute later.
    await removeEmptyGroups();
  }

  /** Waits until pods of this node reach Services by its own rules. */
  async untilProxied(): Promise<void> {
    await this.#proxy?.untilProxied(this.#options);
  }

  async #startProxy(): Promise<void> {
    this.#proxy = await ServiceProxy.start(this.#proxied(), this.#options.programs['kube-proxy']);
  }

  #proxied(): ProxiedMachine {
    return {
      node: this.name,
      folder: this.layout.folder,
      start: (spec) => this.#machine.start(spec),
      run: (argv) => this.#machine.run(argv),
    };
  }

  async #startContainerd(): Promise<void> {
    const { layout, programs, clock, signal } = this.#options;
    const daemon = await this.#machine.start({
      name: `containerd of ${layout.name}`,
      program: programs.containerd,
      args: [`--config=${join(layout.folder, 'containerd.toml')}`],
      log: join(layout.folder, 'containerd.log'),
      env: this.#environment(),
      stopGraceMs: 5000,
    });
    this.#containerd = daemon;
    const answers = async (): Promise<boolean> => {
      if (daemon.exit !== undefined) return true;
      const outcome = await this.#machine.run([programs.ctr, '--address', runtimeSocket, 'version'], 5000);
      return outcome.code === 0;
    };
    await waitUntil(`containerd of ${layout.name}`, answers, { clock, deadlineMs: startDeadlineMs, signal });
    if (daemon.exit !== undefined) throw await daemon.failure(`containerd of ${layout.name} does not start`);
  }

  /** containerd looks for its shim and for runc on PATH. Logs are in UTC, whatever the machine's zone is. */
  #environment(): Record<string, string> {
    const shims = dirname(this.#options.programs['containerd-shim-runc-v2']);
    return { PATH: [shims, process.env.PATH ?? ''].join(delimiter), HOME: '/', TZ: 'UTC' };
  }
}
