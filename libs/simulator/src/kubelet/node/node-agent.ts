import {
  Backoff,
  type Clock,
  errorMessage,
  isHwError,
  Latest,
  type Logger,
  withDeadline,
} from '@rackwright/core';
import { type KubeClient, type Node, resources } from '@rackwright/kube';
import type { DeviceManager } from '../devices/device-manager.ts';
import type { KubeletTimings } from '../options.ts';
import { type NodeFacts, nodeLabels, nodeStatus } from './node-object.ts';
import { conditionsDrifted, statusChanged, withTimes, withVanished } from './status-patch.ts';

export interface NodeAgentOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly timings: KubeletTimings;
  readonly facts: NodeFacts;
  readonly devices: DeviceManager;
}

type NodeStatus = NonNullable<Node['status']>;

/** How often in a row a status that cannot be sent is tried (nodeStatusUpdateRetry). */
const reportTries = 5;
/** How long the admission of a pod waits for the newest labels, in milliseconds. */
const labelsDeadlineMs = 5000;

/** Keeps the Node object: registers it and reports its status. */
export class NodeAgent {
  /** The Node as the API server last answered it. */
  readonly node = new Latest<Node | undefined>(undefined);
  /** True once the API server shows what this kubelet, and not one before it, found. */
  readonly reported = new Latest(false);
  readonly #options: NodeAgentOptions;
  /** Device resources reported since the start. */
  readonly #known = new Set<string>();
  #sent: NodeStatus | undefined;
  #sentAt = 0;

  constructor(options: NodeAgentOptions) {
    this.#options = options;
  }

  /** Registers the Node, then reports its status until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timings } = this.#options;
    await this.#register(signal);
    while (!signal.aborted) {
      for (let tries = 1; tries <= reportTries; tries++) if (await this.#tryReport(signal)) break;
      await clock.sleep(timings.nodeStatusMs, signal).catch(() => undefined);
    }
  }

  /** What the node can give to pods now, counts by resource. */
  allocatable(): Readonly<Record<string, number>> {
    const { facts, devices } = this.#options;
    return { ...facts.resources, ...devices.capacity().allocatable };
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const backoff = new Backoff({ initialMs: 100, maxMs: 7000 });
    while (!signal.aborted) {
      try {
        this.node.set(await this.#createOrAdopt(signal));
        return;
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('the node could not be registered', { error: errorMessage(error) });
        await clock.sleep(backoff.next(), signal).catch(() => undefined);
      }
    }
  }

  async #createOrAdopt(signal: AbortSignal): Promise<Node> {
    const { client, facts, devices } = this.#options;
    const metadata = { name: facts.nodeName, labels: nodeLabels(facts) };
    try {
      const status = this.#status(undefined);
      const created = await client.create(resources.nodes, { metadata, spec: {}, status }, { signal });
      this.#sent = status;
      this.reported.set(true);
      return created;
    } catch (error) {
      if (!isHwError(error, 'AlreadyExists')) throw error;
    }
    const key = { name: facts.nodeName };
    const existing = await client.get(resources.nodes, key, { signal });
    if (await devices.isNew()) {
      // A kubelet without a checkpoint knows nothing of the devices an older Node object counts.
      const counts = { ...existing.status?.capacity, ...existing.status?.allocatable };
      for (const name of Object.keys(counts)) if (name.includes('/')) this.#known.add(name);
    }
    return client.patch(
      resources.nodes,
      key,
      { metadata: { labels: metadata.labels } },
      { strategy: 'merge', signal },
    );
  }

  /** The node's labels as the API server has them; those known here if it does not answer. */
  async newestLabels(): Promise<Readonly<Record<string, string>>> {
    const { client, clock, facts } = this.#options;
    const get = (signal: AbortSignal): Promise<Node> =>
      client.get(resources.nodes, { name: facts.nodeName }, { signal });
    try {
      return (await withDeadline(clock, labelsDeadlineMs, 'reading the node', get)).metadata?.labels ?? {};
    } catch (error) {
      this.#options.logger.warn('the labels of the node could not be read', { error: errorMessage(error) });
      return this.node.value?.metadata?.labels ?? {};
    }
  }

  async #tryReport(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#report(signal);
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      this.#options.logger.warn('the node status could not be sent', { error: errorMessage(error) });
      return false;
    }
  }

  /** What the API server shows counts, not what was sent last: the node controller may have called the node lost. */
  async #report(signal: AbortSignal): Promise<void> {
    const { client, clock, facts, timings } = this.#options;
    const shown = await client.get(resources.nodes, { name: facts.nodeName }, { signal });
    const drifted = conditionsDrifted(shown.status, this.#status(this.#sent));
    const old = drifted ? shown.status : (this.#sent ?? this.node.value?.status);
    const status = this.#status(old);
    const isDue = clock.now() - this.#sentAt >= timings.nodeStatusReportMs;
    if (!isDue && !drifted && !statusChanged(status, this.#sent)) return;
    const options = { strategy: 'strategic', subresource: 'status', signal } as const;
    this.node.set(await client.patch(resources.nodes, { name: facts.nodeName }, { status }, options));
    this.#sent = status;
    this.#sentAt = clock.now();
    this.reported.set(true);
  }

  #status(old: NodeStatus | undefined): NodeStatus {
    const { facts, devices, clock } = this.#options;
    const { capacity, allocatable } = devices.capacity();
    for (const name of Object.keys(capacity)) this.#known.add(name);
    const counts = {
      capacity: withVanished(capacity, this.#known),
      allocatable: withVanished(allocatable, this.#known),
    };
    return withTimes(nodeStatus(facts, counts), old, clock.now());
  }
}
