import { errorMessage, type Logger } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import {
  type EventNote,
  isKubeError,
  isNotFound,
  type KubeClient,
  type Pod,
  resources,
} from '@rackwright/kube';
import type { Plan } from '../plan.ts';
import { nextToEvict } from './consumers.ts';

/** What pods are evicted with. */
export interface ConsumerEvictionOptions {
  readonly client: Pick<KubeClient, 'evict' | 'list'>;
  readonly logger: Logger;
}

/** What one look came to. */
export interface EvictionOutcome {
  readonly events: readonly EventNote[];
  /** When to look again; absent when no node is to be cleared. */
  readonly againAfterMs?: number;
}

/** Pods take their time to end, and budgets to allow the next. */
const againMs = 10_000;
const { event: reasons } = aidaptivCache;

/** Asks pods to go that hold a cache as it was before its drives went and came back, one of a node at a time. */
export class ConsumerEviction {
  readonly #options: ConsumerEvictionOptions;

  constructor(options: ConsumerEvictionOptions) {
    this.#options = options;
  }

  async run(
    { clearing, resource }: Pick<Plan, 'clearing' | 'resource'>,
    signal: AbortSignal,
  ): Promise<EvictionOutcome> {
    const events: EventNote[] = [];
    for (const node of clearing) {
      const fieldSelector = `spec.nodeName=${node}`;
      const { items } = await this.#options.client.list(resources.pods, { fieldSelector, signal });
      const pod = nextToEvict(items, resource);
      if (pod !== undefined) events.push(...(await this.#evict(pod, node, signal)));
    }
    return { events, ...(clearing.length > 0 && { againAfterMs: againMs }) };
  }

  /** A pod that was replaced meanwhile by another of its name is left alone. */
  async #evict({ metadata }: Pod, node: string, signal: AbortSignal): Promise<EventNote[]> {
    const { name = '', namespace = '', uid = '' } = metadata ?? {};
    const pod = `pod ${namespace}/${name} of node ${node}`;
    try {
      await this.#options.client.evict({ namespace, name }, { preconditions: { uid }, signal });
      this.#options.logger.info('pod evicted that held a stale cache', { namespace, pod: name, node });
      const message = `${pod} held the cache as it was before its drives went and came back`;
      return [{ type: 'Normal', reason: reasons.consumerEvicted, message }];
    } catch (error) {
      signal.throwIfAborted();
      if (isNotFound(error)) return [];
      // A budget may allow it later; whatever else it is, the next look tries again.
      if (!isKubeError(error)) throw error;
      const message = `${pod} is not evicted: ${errorMessage(error)}`;
      return [{ type: 'Warning', reason: reasons.evictionRefused, message: message.slice(0, 1024) }];
    }
  }
}
