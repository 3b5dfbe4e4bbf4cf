import { Controller, Informer } from '@rackwright/controller';
import type { Clock, Logger, Runnable } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import {
  ignoreNotFound,
  type KubeClient,
  type KubeObject,
  keyOf,
  type PersistentVolumeClaim,
  parseKey,
  resources,
} from '@rackwright/kube';
import { hasDriver, isOfDriver, isWanted, type NodeSelector, selectedNode } from './decide.ts';

export interface ReschedulerOptions {
  readonly client: KubeClient;
  /** Name of the CSI driver. */
  readonly driver: string;
  /** Labels of the nodes it runs on. */
  readonly nodeSelector: NodeSelector;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Gives claims back to the scheduler whose pods were sent to a node that has no
 * driver and is to have none: nobody would ever make their volumes. It makes and
 * deletes nothing.
 */
export class Rescheduler implements Runnable {
  readonly name = 'rescheduler';
  readonly #options: ReschedulerOptions;
  readonly #caches: ReturnType<typeof cachesOf>;

  constructor(options: ReschedulerOptions) {
    this.#options = options;
    this.#caches = cachesOf(options);
  }

  /** What keeps it from knowing the cluster; undefined while nothing does. */
  missing(): string | undefined {
    const waiting = Object.values(this.#caches).find(({ synced }) => !synced.value);
    return waiting === undefined ? undefined : `${waiting.name} has not listed yet`;
  }

  async start(signal: AbortSignal): Promise<void> {
    const { claims, classes, csiNodes } = this.#caches;
    const pending = (): string[] => claims.list().filter(isPending).map(keyOf);
    const controller = new Controller({
      ...this.#options,
      name: this.name,
      reconcile: (key, own) => this.#reconcile(key, own),
      sources: [
        { informer: claims, map: (claim) => (isPending(claim) ? [keyOf(claim)] : []) },
        { informer: classes, map: pending },
        { informer: csiNodes, map: pending },
      ],
    });
    await Promise.all([claims, classes, csiNodes, controller].map((part) => part.start(signal)));
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<void> {
    const { claims, classes, csiNodes } = this.#caches;
    const { driver, nodeSelector, client, logger } = this.#options;
    const claim = claims.get(key);
    const name = claim === undefined ? undefined : selectedNode(claim);
    if (claim === undefined || name === undefined) return;
    if (!isOfDriver(classes.get(claim.spec?.storageClassName ?? ''), driver)) return;
    if (hasDriver(csiNodes.get(name), driver)) return;
    const node = await ignoreNotFound(client.get(resources.nodes, { name }, { signal }));
    if (isWanted(node, nodeSelector)) return;
    logger.info('claim goes back to the scheduler', { claim: key, node: name });
    const annotations = { [kubernetes.annotation.selectedNode]: null };
    // Of a claim that changed meanwhile nothing is known.
    const { uid, resourceVersion } = claim.metadata ?? {};
    const patch = { metadata: { uid, resourceVersion, annotations } };
    const options = { strategy: 'merge', signal } as const;
    await ignoreNotFound(client.patch(resources.persistentVolumeClaims, parseKey(key), patch, options));
  }
}

function isPending(claim: KubeObject): boolean {
  return selectedNode(claim as PersistentVolumeClaim) !== undefined;
}

function cachesOf(options: ReschedulerOptions) {
  return {
    claims: new Informer({ ...options, type: resources.persistentVolumeClaims }),
    classes: new Informer({ ...options, type: resources.storageClasses }),
    csiNodes: new Informer({ ...options, type: resources.csiNodes }),
  };
}
