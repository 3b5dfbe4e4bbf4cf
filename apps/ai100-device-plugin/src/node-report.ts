import { isDeepStrictEqual } from 'node:util';
import { type AidaptivCacheNodeStatus, aidaptivCacheNodes } from '@rackwright/api';
import { type Clock, errorMessage, Latest, type Logger } from '@rackwright/core';
import { ai100 } from '@rackwright/keys';
import {
  type EventNote,
  type EventRecorder,
  isNotFound,
  type KubeClient,
  type Node,
  resources,
} from '@rackwright/kube';
import type { CachePermission } from './cache/index.ts';

/** What people say about the node by its annotations. */
export interface NodePermission extends CachePermission {
  /** Serial numbers of drives that are to be tried again although they were given up. */
  readonly clearQuarantine: readonly string[];
}

/** How a node is reported on. */
export interface NodeReportOptions {
  readonly node: string;
  readonly client: Pick<KubeClient, 'get' | 'apply'>;
  readonly recorder: Pick<EventRecorder, 'emit'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Without a change it is said this often that the agent still looks after the node. */
const heartbeatMs = 300_000;

/** The API server's side of the node: what people allow there, and what the agent reports. */
export class NodeReport {
  /** Why the newest report was not written. */
  readonly failure = new Latest<string | undefined>(undefined);
  readonly #options: NodeReportOptions;
  #node: Node | undefined;
  #written: AidaptivCacheNodeStatus | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #isOwned = false;

  constructor(options: NodeReportOptions) {
    this.#options = options;
  }

  /** Conditions as they were last written. */
  get conditions(): NonNullable<AidaptivCacheNodeStatus['conditions']> {
    return this.#written?.conditions ?? [];
  }

  /** Tells an event about the Node; while the Node was never read there is nothing to tell it of. */
  emit(note: EventNote): void {
    const { node: name, recorder } = this.#options;
    const uid = this.#node?.metadata?.uid;
    if (uid !== undefined) recorder.emit({ apiVersion: 'v1', kind: 'Node', name, uid }, note);
  }

  /** What people allow on this node; while that was never read, nothing is created. */
  async permission(signal: AbortSignal): Promise<NodePermission> {
    const { client, node, logger } = this.#options;
    try {
      this.#node = await client.get(resources.nodes, { name: node }, { signal });
    } catch (error) {
      signal.throwIfAborted();
      logger.warn('own Node not read', { node, error: errorMessage(error) });
    }
    return permissionOf(this.#node);
  }

  /** Writes the status if it changed, or the last time is long ago. Does not throw. */
  async write(status: AidaptivCacheNodeStatus, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const isSame = isDeepStrictEqual(lasting(status), this.#written && lasting(this.#written));
    if (isSame && clock.monotonic() - this.#writtenAt < heartbeatMs) return;
    try {
      await this.#apply(status, signal);
      this.#written = status;
      this.#writtenAt = clock.monotonic();
      this.failure.set(undefined);
    } catch (error) {
      if (signal.aborted) return;
      if (isNotFound(error)) this.#isOwned = false;
      const failure = errorMessage(error);
      if (this.failure.set(failure)) logger.warn('AidaptivCacheNode not written', { error: failure });
    }
  }

  async #apply(status: AidaptivCacheNodeStatus, signal: AbortSignal): Promise<void> {
    const { client, node: name, clock } = this.#options;
    const options = { fieldManager: ai100.fieldManager.devicePlugin, signal };
    const uid = this.#node?.metadata?.uid;
    if (!this.#isOwned && uid !== undefined) {
      const owner = { apiVersion: 'v1', kind: 'Node', name, uid };
      await client.apply(aidaptivCacheNodes, { metadata: { name, ownerReferences: [owner] } }, options);
      this.#isOwned = true;
    }
    const heartbeatTime = new Date(clock.now()).toISOString();
    await client.apply(
      aidaptivCacheNodes,
      { metadata: { name }, status: { ...status, heartbeatTime } },
      { ...options, subresource: 'status' },
    );
  }
}

/** A status without what changes all the time: that alone is written with the next heartbeat. */
function lasting({ devices = [], cache, ...rest }: AidaptivCacheNodeStatus): AidaptivCacheNodeStatus {
  const { usedBytes: _, ...lastingCache } = cache ?? {};
  return { ...rest, devices: devices.map(({ smart: _, ...device }) => device), cache: lastingCache };
}

/** What the annotations of a Node say. Pure. */
export function permissionOf(node: Node | undefined): NodePermission {
  if (node === undefined) return { maintenance: true, allowInit: [], clearQuarantine: [] };
  const annotations = node.metadata?.annotations ?? {};
  const { maintenance, allowInit, teardown, clearQuarantine } = ai100.annotation;
  const given = /^confirm-([A-Za-z0-9-]+)$/.exec(annotations[teardown] ?? '')?.[1];
  return {
    maintenance: annotations[maintenance] === 'true',
    allowInit: serials(annotations[allowInit]),
    clearQuarantine: serials(annotations[clearQuarantine]),
    ...(given !== undefined && { teardown: given }),
  };
}

function serials(list = ''): string[] {
  return list.split(',').flatMap((serial) => serial.trim() || []);
}
