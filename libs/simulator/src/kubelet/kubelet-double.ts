import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { HwError, type Logger, silentLogger, withDeadline } from '@rackwright/core';
import { makeFolder } from '@rackwright/host';
import type { Node } from '@rackwright/kube';
import type { KubeletOptions } from './kubelet-options.ts';
import { KubeletSession, type Machine } from './kubelet-session.ts';
import type { Pod } from './pod-model.ts';
import { AddressPool } from './pods/address-pool.ts';
import { ContainerRuntime } from './runtime/container-runtime.ts';
import { ProcessGuard } from './runtime/process-guard.ts';

/** How long a kubelet that starts again is waited for. */
const reportMs = 10_000;

/**
 * A node of a simulated cluster: it registers with a real API server like a
 * kubelet of Kubernetes 1.36 and runs the containers of its pods as processes
 * of this machine. What it leaves out is listed in README.md beside this file.
 */
export class KubeletDouble implements AsyncDisposable {
  readonly nodeName: string;
  #options: KubeletOptions;
  readonly #logger: Logger;
  readonly #machine: Machine;
  readonly #guard: ProcessGuard;
  #session: KubeletSession | undefined;

  private constructor(options: KubeletOptions, guard: ProcessGuard) {
    this.nodeName = options.nodeName;
    this.#options = options;
    this.#guard = guard;
    this.#logger = (options.logger ?? silentLogger).child({ node: options.nodeName });
    this.#machine = {
      runtime: new ContainerRuntime({ clock: options.clock, guard }),
      addresses: new AddressPool({
        listens: options.podIpPrefix,
        ...(options.shownIpPrefix === undefined ? {} : { shows: options.shownIpPrefix }),
      }),
      bootId: randomUUID(),
    };
  }

  /** Makes a node and starts its kubelet. The Node object appears a moment later. */
  static async start(options: KubeletOptions): Promise<KubeletDouble> {
    await makeFolder(options.runFolder);
    const guard = options.guard ?? (await ProcessGuard.start([options.runFolder]));
    const double = new KubeletDouble(options, guard);
    try {
      await double.#start();
      return double;
    } catch (error) {
      await double[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The Node object as the API server last answered it; undefined until registered or while stopped. */
  get node(): Node | undefined {
    return this.#session?.agent.node.value;
  }

  /** The pods of the node with the newest statuses; empty while the kubelet is stopped. */
  pods(): readonly Pod[] {
    return this.#session?.pods.all() ?? [];
  }

  /** The containers and processes of the node. */
  get runtime(): ContainerRuntime {
    return this.#machine.runtime;
  }

  /** Stops the kubelet as a crash or an upgrade would: containers keep running. */
  async stop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.stop();
  }

  /**
   * Starts the kubelet again. Resolves when it has reported the node's status,
   * so that no devices of before are seen any more, or cannot for ten seconds.
   *
   * @throws HwError FailedPrecondition when the kubelet runs
   */
  async resume(): Promise<void> {
    if (this.#session !== undefined) throw new HwError('FailedPrecondition', 'the kubelet runs already');
    const session = await this.#start();
    const report = (signal: AbortSignal): Promise<unknown> => session.agent.reported.until(Boolean, signal);
    await withDeadline(this.#options.clock, reportMs, 'the first status', report).catch(() => undefined);
  }

  /**
   * Stops the kubelet and starts it again with the same folders; containers keep
   * running.
   *
   * @param changes what its configuration says from now on
   */
  async restart(changes: Pick<KubeletOptions, 'topologyPolicy'> = {}): Promise<void> {
    await this.stop();
    this.#options = { ...this.#options, ...changes };
    await this.resume();
  }

  /** Ends the node: kubelet, containers and folders. The Node object stays in the API server. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#machine.runtime[Symbol.asyncDispose]();
    if (this.#options.guard === undefined) await this.#guard[Symbol.asyncDispose]();
    await rm(this.#options.runFolder, { recursive: true, force: true });
  }

  async #start(): Promise<KubeletSession> {
    this.#session = await KubeletSession.start(this.#options, this.#machine, this.#logger);
    return this.#session;
  }
}
