import { type Clock, errorMessage, type Logger } from '@rackwright/core';
import { type KubeClient, type Node, resources } from '@rackwright/kube';
import { virtualNodeSelectors } from '@rackwright/manager';

/** How many there are, and when it is counted again, in milliseconds from now. */
export interface VirtualNodeCount {
  readonly count: number;
  readonly againAfterMs?: number;
}

export interface VirtualNodesOptions {
  readonly client: Pick<KubeClient, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** They come and go seldom, and nothing depends on them. */
const intervalMs = 600_000;

/** Counts the nodes that agents pass over, now and then; no cache of nodes is kept for it. */
export class VirtualNodes {
  readonly #options: VirtualNodesOptions;
  #seen: { readonly selectors: string; readonly count: number; readonly at: number } | undefined;

  constructor(options: VirtualNodesOptions) {
    this.#options = options;
  }

  /** @param nodeSelector that of the active driver */
  async count(
    nodeSelector: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<VirtualNodeCount> {
    const { clock, logger } = this.#options;
    const selectors = virtualNodeSelectors(nodeSelector);
    const now = clock.monotonic();
    const seen = this.#seen?.selectors === selectors.join('\n') ? this.#seen : undefined;
    if (seen !== undefined && now - seen.at < intervalMs)
      return { count: seen.count, againAfterMs: seen.at + intervalMs - now };
    const count = await this.#count(selectors, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      logger.warn('cannot count the nodes that are passed over', { error: errorMessage(error) });
      return seen?.count ?? 0;
    });
    this.#seen = { selectors: selectors.join('\n'), count, at: now };
    return { count, againAfterMs: intervalMs };
  }

  async #count(selectors: readonly string[], signal: AbortSignal): Promise<number> {
    const names = new Set<string>();
    for (const labelSelector of selectors) {
      const { items } = await this.#options.client.list(resources.nodes, {
        labelSelector,
        trim: nameOnly,
        signal,
      });
      for (const { metadata } of items) names.add(metadata?.name ?? '');
    }
    return names.size;
  }
}

function nameOnly({ metadata }: Node): Node {
  return { metadata: { name: metadata?.name ?? '' } };
}
