import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Clock } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import type { SimulatedHost } from '@rackwright/simulator';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { writePrivate } from '../control-plane/run-folder.ts';
import type { Daemon } from '../process/daemon.ts';
import { waitUntil } from '../wait-until.ts';
import { removeEmptyGroups } from './cgroups.ts';
import {
  containerdConfiguration,
  kubeletConfiguration,
  kubeletFlags,
  networkConfiguration,
  type TopologyPolicy,
} from './configuration.ts';
import { offeredResources, pluginNotes, registrationTimes } from './kubelet-log.ts';
import { type NodeLayout, runtimeSocket } from './layout.ts';
import { Machine } from './machine.ts';
import { addNodeNetwork } from './network.ts';
import { importImages, tagImage } from './node-images.ts';
import { writeNumaTree } from './numa-tree.ts';
import { killContainers } from './runtime-processes.ts';

/** Programs of a node, by path. */
export interface NodePrograms {
  readonly containerd: string;
  readonly 'containerd-shim-runc-v2': string;
  readonly ctr: string;
  readonly kubelet: string;
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
  /** Folder of the OCI archives every node has. */
  readonly images: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

const startDeadlineMs = 60_000;

/** A node with a real kubelet, containerd and runc, on a machine whose hardware is simulated. */
export class RealNode implements AsyncDisposable {
  readonly layout: NodeLayout;
  readonly host: SimulatedHost;
  readonly #options: RealNodeOptions;
  #machine: Machine;
  #containerd: Daemon | undefined;
  #kubelet: Daemon | undefined;
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
    await writeFiles(options);
    await writeNumaTree(layout.numa, options.numaNodes ?? 1);
    await addNodeNetwork(layout, clock);
    const node = new RealNode(options, await Machine.boot(layout, clock));
    try {
      await node.#startContainerd();
      await importImages(node.#machine, options.programs.ctr, options.images);
      await node.startKubelet();
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
    if (topologyPolicy !== undefined) await writeKubeletConfiguration(this.#options, topologyPolicy);
    await this.startKubelet();
    await this.#kubeletServes();
  }

  /** Everything the node's kubelets logged since its first start. */
  kubeletLog(): Promise<string> {
    return readFile(join(this.layout.folder, 'kubelet.log'), 'utf8');
  }

  /**
   * Waits until every resource the kubelet before this one could hand out is
   * with the one that runs now.
   */
  async untilPluginsAreBack(): Promise<void> {
    const { clock, signal } = this.#options;
    await waitUntil(
      `the device plugins of ${this.name} to be back`,
      async () => {
        const notes = pluginNotes(await this.kubeletLog());
        const start = notes.findLastIndex(({ kind }) => kind === 'serving');
        const back = registrationTimes(notes);
        return offeredResources(notes.slice(0, start)).every((resource) => back.has(resource));
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
    await this.#forget();
    this.#machine = await Machine.boot(this.layout, this.#options.clock);
    await this.#startContainerd();
    await this.startKubelet();
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

  /**
   * What the simulated host does not know of by itself: NICs that lose their power
   * forget their handlers, which the simulated kernel does when it is asked for one,
   * and what the agents had in /run is gone.
   */
  async #forget(): Promise<void> {
    const { root } = this.host;
    for (const nic of this.host.nics()) this.host.retryHandlerPid(nic);
    for (const name of ['cxi', 'rackwright']) {
      const folder = root.path(root.run(name));
      for (const entry of await readdir(folder))
        await rm(join(folder, entry), { recursive: true, force: true });
    }
  }

  async #powerOff(): Promise<void> {
    await this.stopKubelet();
    await this.#containerd?.stop();
    this.#containerd = undefined;
    await killContainers(this.#machine, this.#options.clock);
    await this.#machine[Symbol.asyncDispose]();
    // A kubelet that finds groups of containers it cannot ask about starts a minute later.
    await removeEmptyGroups();
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

/** Everything programs of the node read at their start. */
async function writeFiles(options: RealNodeOptions): Promise<void> {
  const { layout, controlPlane, topologyPolicy = 'none' } = options;
  for (const folder of [layout.kubeletRoot, layout.containerdRoot, layout.logs, join(layout.folder, 'cni')]) {
    await makeFolder(folder);
  }
  const serving = await controlPlane.certificate({
    commonName: `system:node:${layout.name}`,
    organizations: ['system:nodes'],
    hosts: [layout.name, layout.address],
  });
  const file = (name: string): string => join(layout.folder, name);
  await writePrivate(file('kubelet.crt'), serving.cert);
  await writePrivate(file('kubelet.key'), serving.key);
  await writeFile(file('ca.crt'), controlPlane.ca);
  await writeFile(file('containerd.toml'), containerdConfiguration(layout));
  await writeFile(file('cni/10-rackwright.conflist'), networkConfiguration(layout));
  await writeKubeletConfiguration(options, topologyPolicy);
  await controlPlane.kubeconfigFor(controlPlane.node(layout.name), file('kubelet.kubeconfig'));
}

async function writeKubeletConfiguration(
  { layout }: RealNodeOptions,
  topologyPolicy: TopologyPolicy,
): Promise<void> {
  const text = kubeletConfiguration({ layout, topologyPolicy });
  await writeFile(join(layout.folder, 'kubelet.json'), text);
}
