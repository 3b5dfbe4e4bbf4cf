import { type AidaptivCacheNode, aidaptivCacheNodes } from '@rackwright/api';
import { errorMessage, type Logger } from '@rackwright/core';
import { ignoreNotFound, isKubeError, type KubeClient } from '@rackwright/kube';

/** The device plugin writes every five minutes; a report that is much older is of one that is gone. */
const oldestMs = 900_000;

/**
 * Whether the node has a cache by the report of its device plugin: one that is
 * mounted, or lost with its drives. The plugin runs where the label is, and
 * must stay to see the drives come back. Pure.
 */
export function isCacheInUse({ status }: AidaptivCacheNode, nowMs: number): boolean {
  const { cache, heartbeatTime } = status ?? {};
  const isFresh = heartbeatTime !== undefined && nowMs - Date.parse(heartbeatTime) < oldestMs;
  return isFresh && (cache?.mounted === true || cache?.state === 'Lost' || cache?.state === 'Rebuilding');
}

/** Asks the API server whether the cache of a node is in use. */
export class CacheInUse {
  readonly #client: Pick<KubeClient, 'get'>;
  readonly #node: string;
  readonly #logger: Logger;
  #isForbidden = false;

  constructor(client: Pick<KubeClient, 'get'>, node: string, logger: Logger) {
    this.#client = client;
    this.#node = node;
    this.#logger = logger;
  }

  /**
   * A cluster without AI100 has no such kind: false. Where the report may not
   * be read, as with the ClusterRole of an older release, the cache counts as in
   * use, so that no label goes that the device plugin may need; that is logged once.
   *
   * @throws KubeError if the API server does not answer
   */
  async read(nowMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      const reading = this.#client.get(aidaptivCacheNodes, { name: this.#node }, { signal });
      const report = await ignoreNotFound(reading);
      this.#isForbidden = false;
      return report !== undefined && isCacheInUse(report, nowMs);
    } catch (error) {
      if (!isKubeError(error, 403)) throw error;
      this.#tellForbidden(errorMessage(error));
      return true;
    }
  }

  #tellForbidden(error: string): void {
    const message = 'the label of the AI100 drives stays: whether their cache is in use may not be read';
    this.#logger[this.#isForbidden ? 'debug' : 'warn'](message, { error });
    this.#isForbidden = true;
  }
}
