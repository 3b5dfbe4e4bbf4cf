import { type Clock, errorMessage, HwError, type Logger } from '@rackwright/core';
import { csi } from '@rackwright/csi';
import { VolumeLocks } from '../volumes/locks.ts';
import { lookMs, NodeClient, type NodeClientOptions } from './node-client.ts';

export interface NodesOptions extends NodeClientOptions {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A node as the controller knows it. */
export interface KnownNode {
  readonly id: string;
  readonly endpoint: string;
  readonly client: NodeClient;
  /** Whether it answered when it was last called. */
  readonly connected: boolean;
  /** What it has; undefined for a volume that it may have made although its answer did not come. */
  readonly volumes: ReadonlyMap<string, csi.Volume | undefined>;
}

interface Entry extends KnownNode {
  connected: boolean;
  seenAt: number;
  readonly volumes: Map<string, csi.Volume | undefined>;
}

/** A node says every 10 s that it is there. After this long without it is called, in milliseconds. */
const silentMs = 30_000;
const lookEveryMs = 10_000;

/**
 * The nodes that have registered, and their volumes. What is known of a node
 * stays known while it is away: its volumes are not gone.
 */
export class Nodes {
  readonly #options: NodesOptions;
  readonly #known = new Map<string, Entry>();
  readonly #locks = new VolumeLocks();

  constructor(options: NodesOptions) {
    this.#options = options;
  }

  /** Every node that ever registered, in the order of the names. */
  list(): KnownNode[] {
    return [...this.#known.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get(id: string): KnownNode | undefined {
    return this.#known.get(id);
  }

  /**
   * Takes a node in. A new one, or one that was away or moved, is called first.
   *
   * @throws HwError InvalidArgument for a bad endpoint, NodeCallError if it does not answer
   */
  register(id: string, endpoint: string, signal?: AbortSignal): Promise<void> {
    return this.#locks.run(id, async () => {
      const known = this.#known.get(id);
      if (known?.connected === true && known.endpoint === endpoint) {
        known.seenAt = this.#options.clock.monotonic();
        return;
      }
      const client = new NodeClient(id, endpoint, this.#options);
      const entries = await client.list(signal).catch((error: unknown) => {
        this.lost(id, errorMessage(error));
        throw error;
      });
      const volumes = new Map(entries.flatMap(({ volume }) => (volume ? [[volume.volumeId, volume]] : [])));
      const seenAt = this.#options.clock.monotonic();
      this.#known.set(id, { id, endpoint, client, volumes, seenAt, connected: true });
      this.#options.logger.info('a node is registered', { node: id, endpoint, volumes: volumes.size });
    });
  }

  /** A node is away; what is known of it stays. One that is not known is fine. */
  lost(id: string, why: string): void {
    const known = this.#known.get(id);
    if (known?.connected !== true) return;
    known.connected = false;
    this.#options.logger.warn('a node is away', { node: id, why });
  }

  /** The nodes that have, or may have, a volume: those that surely do first. */
  holders(volumeId: string): KnownNode[] {
    const holders = this.list().filter(({ volumes }) => volumes.has(volumeId));
    const isSure = ({ volumes }: KnownNode): number => (volumes.get(volumeId) === undefined ? 1 : 0);
    return holders.sort((a, b) => isSure(a) - isSure(b));
  }

  /** @param volume undefined if the node may have made it */
  noteVolume(id: string, volumeId: string, volume: csi.Volume | undefined): void {
    this.#known.get(id)?.volumes.set(volumeId, volume);
  }

  forgetVolume(id: string, volumeId: string): void {
    this.#known.get(id)?.volumes.delete(volumeId);
  }

  /** Calls nodes that have been silent: those that do not answer are away. */
  async watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(lookEveryMs, signal).catch(() => undefined);
      const since = clock.monotonic() - silentMs;
      const silent = [...this.#known.values()].filter(({ connected, seenAt }) => connected && seenAt < since);
      if (!signal.aborted) await Promise.all(silent.map((node) => this.#look(node, signal)));
    }
  }

  async #look(node: Entry, signal: AbortSignal): Promise<void> {
    try {
      const { controllerGetCapabilities } = csi.ControllerService;
      await node.client.call(controllerGetCapabilities, {}, { timeoutMs: lookMs, signal });
      node.seenAt = this.#options.clock.monotonic();
    } catch (error) {
      this.lost(node.id, errorMessage(error));
    }
  }
}

/** @throws HwError Unavailable if a node cannot be asked now */
export function requireConnected(node: KnownNode, what: string): KnownNode {
  if (node.connected) return node;
  throw new HwError('Unavailable', `${what} is on node ${node.id}, which is away`);
}
