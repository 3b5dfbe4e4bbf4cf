import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { Clock } from '@rackwright/core';
import type { SimulatedHost } from '@rackwright/simulator';
import type { ControlPlane } from '../control-plane/control-plane.ts';
import { writePrivate } from '../control-plane/run-folder.ts';
import type { Daemon } from '../process/daemon.ts';
import { waitUntil } from '../wait-until.ts';
import {
  containerdConfiguration,
  kubeletConfiguration,
  kubeletFlags,
  networkConfiguration,
  type TopologyPolicy,
} from './configuration.ts';
import { type NodeLayout, runtimeSocket } from './layout.ts';
import { Machine } from './machine.ts';
import { addNodeNetwork } from './network.ts';
import { importImages } from './node-images.ts';
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
  readonly controlPlane: ControlPlane;
  readonly programs: NodePrograms;
  /** Folder of the OCI archives every node has. */
  readonly images: string;
  /** Control group of the bed. */
  readonly cgroup: string;
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
    await addNodeNetwork(layout, clock);
    const node = new RealNode(options, await Machine.boot(layout, clock));
    try {
      await node.#startContainerd();
      await importImages(node.#machine, options.programs.ctr, options.images);
      await node.startKubelet();
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

  /** Stops the kubelet and starts it again; containers keep running. */
  async restartKubelet(): Promise<void> {
    await this.stopKubelet();
    await this.startKubelet();
  }

  /**
   * The power fails and comes back: every container is gone, /run is empty, the
   * kubelet's folder with its checkpoint and the images are as they were.
   */
  async restart(): Promise<void> {
    await this.#powerOff();
    this.#machine = await Machine.boot(this.layout, this.#options.clock);
    await this.#startContainerd();
    await this.startKubelet();
  }

  /** What the kubelet logged last. */
  async kubeletLog(lines = 20): Promise<string> {
    return (await this.#kubelet?.lastLines(lines)) ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#powerOff();
  }

  async #powerOff(): Promise<void> {
    await this.stopKubelet();
    await this.#containerd?.stop();
    this.#containerd = undefined;
    await killContainers(this.#machine, this.#options.clock);
    await this.#machine[Symbol.asyncDispose]();
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

  /** containerd looks for its shim and for runc on PATH. */
  #environment(): Record<string, string> {
    const shims = dirname(this.#options.programs['containerd-shim-runc-v2']);
    return { PATH: [shims, process.env.PATH ?? ''].join(delimiter), HOME: '/' };
  }
}

/** Everything programs of the node read at their start. */
async function writeFiles(options: RealNodeOptions): Promise<void> {
  const { layout, controlPlane, cgroup, topologyPolicy = 'none' } = options;
  for (const folder of [layout.kubeletRoot, layout.containerdRoot, layout.logs, join(layout.folder, 'cni')]) {
    await mkdir(folder, { recursive: true });
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
  await writeFile(file('kubelet.json'), kubeletConfiguration({ layout, topologyPolicy, cgroup }));
  await controlPlane.kubeconfigFor(controlPlane.node(layout.name), file('kubelet.kubeconfig'));
}
