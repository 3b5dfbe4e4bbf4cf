import {
  Backoff,
  type Clock,
  errorMessage,
  HwError,
  Latest,
  type Logger,
  type Runnable,
} from '@rackwright/core';
import { discovery } from '@rackwright/keys';
import {
  isConflict,
  isKubeError,
  isNotFound,
  type KubeClient,
  type Node,
  type Reachability,
  resources,
} from '@rackwright/kube';
import type { Discovered } from '../labels/discover.ts';
import type { Labels } from '../labels/label-value.ts';
import { type ObservedNode, observeNode } from '../node/observed-node.ts';
import {
  type FeatureState,
  type NodeMetadata,
  ownLabelsOf,
  type Plan,
  type PlanInput,
  planPublication,
} from '../plan/plan.ts';
import { type Absences, isAboutToGo } from '../plan/settle.ts';
import { CacheInUse } from './cache-in-use.ts';
import { type NodeFeature, type NodeFeatureStore, nodeFeatureSpec } from './node-feature.ts';
import { applyResources, resourcesDiffer, resourcesOf } from './node-resources.ts';

export interface PublisherOptions {
  /** Name of the own Node. */
  readonly node: string;
  readonly client: Pick<KubeClient, 'get' | 'apply'>;
  /** Where to wait for an API server that is away. */
  readonly reachability: Pick<Reachability, 'pause'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Looks at the host. */
  readonly look: () => Discovered;
  /** Time between two looks. */
  readonly intervalMs: number;
  /** Where labels are given to Node Feature Discovery, were given, or are while it labels this Node. */
  readonly nodeFeature?: { readonly store: NodeFeatureStore; readonly mode: PublicationMode };
  /** Persistent memory is told as a resource of the Node, too. */
  readonly tellsResources?: boolean;
  readonly random?: () => number;
  readonly onWrite?: () => void;
  /** Told of labels that are withheld because somebody else says otherwise, once each. */
  readonly onConflict?: (key: string, node: ObservedNode) => void;
}

/** The values of `--mode`. */
export type PublicationMode = 'Labels' | 'NodeFeature' | 'Auto';

/** How the last publication went. */
export interface PublicationOutcome {
  readonly ok: boolean;
  readonly message?: string;
  /** On the clock's monotonic scale. */
  readonly at: number;
  /** When a publication last succeeded, on the same scale. */
  readonly succeededAt?: number;
}

/** What is published now. */
export interface Published {
  readonly labels: Labels;
  readonly conflicts: readonly string[];
}

/** The own NodeFeature as it is, and whether it shall be. */
interface SeenFeature {
  readonly isWanted: boolean;
  readonly object: NodeFeature | undefined;
}

/** Everything is written again after this time, in milliseconds. */
const reassertMs = 600_000;

/** What nobody made a label of after this time, in milliseconds, was refused. */
const overdueMs = 300_000;

/** Others write the Node between the look at it and the write; more often than this they do not in a row. */
const maxConflicts = 4;

/** Makes the Node say what hardware the host has. */
export class Publisher implements Runnable {
  readonly name = 'publisher';
  readonly outcome = new Latest<PublicationOutcome | undefined>(undefined);
  readonly published = new Latest<Published>({ labels: {}, conflicts: [] });
  readonly #options: PublisherOptions;
  readonly #backoff: Backoff;
  readonly #cache: CacheInUse;
  #absences: Absences = new Map();
  #assertedAt = Number.NEGATIVE_INFINITY;
  /** With mode Labels: that there is no NodeFeature of an earlier mode any more. */
  #isTakenBack = false;
  /** Since when the labels are given to Node Feature Discovery. */
  #givenSince: number | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#cache = new CacheInUse(options.client, options.node, options.logger);
    this.#backoff = new Backoff({ initialMs: 1000, maxMs: 300_000, jitter: 0.5 }, options.random);
  }

  async start(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs, look, random = Math.random } = this.#options;
    while (!signal.aborted) {
      // What was seen before an outage is not what is published after it.
      if (!(await this.#publishOnce(look(), signal))) continue;
      await clock.sleep(intervalMs * (0.9 + 0.2 * random()), signal).catch(() => undefined);
    }
  }

  /** Resolves with whether it worked; if not, after the wait before the next try. */
  async #publishOnce(found: Discovered, signal: AbortSignal): Promise<boolean> {
    try {
      await this.publish(found, signal);
      this.#succeeded();
      return true;
    } catch (error) {
      if (!signal.aborted) await this.#failed(error, signal);
      return false;
    }
  }

  /**
   * Publishes what one look found.
   *
   * @throws KubeError if the API server refuses or does not answer
   */
  async publish(found: Discovered, signal: AbortSignal): Promise<void> {
    const { clock, node, client } = this.#options;
    for (let conflicts = 0; conflicts < maxConflicts; conflicts++) {
      const observed = observeNode(await client.get(resources.nodes, { name: node }, { signal }));
      const reassert = clock.monotonic() - this.#assertedAt >= reassertMs;
      const seen = await this.#seeFeature(observed, signal);
      const input = {
        ...{ discovered: found, node: observed, absences: this.#absences, reassert, now: clock.now() },
        ...(seen?.isWanted && { feature: this.#featureState(seen.object) }),
      };
      const plan = planPublication({ ...input, kept: await this.#kept(input, signal) });
      if (seen?.isWanted) await this.#give(plan.labels, found, seen.object, signal);
      if (plan.apply !== undefined && !(await this.#apply(plan.apply, observed, signal))) continue;
      if (seen?.isWanted === false && seen.object !== undefined)
        await this.#options.nodeFeature?.store.remove(seen.object, signal);
      await this.#tellResources(plan.labels, observed, signal);
      this.#isTakenBack = seen?.isWanted === false;
      this.#remember(plan, observed);
      return;
    }
    throw new HwError('Unavailable', 'others write the Node all the time');
  }

  /** Undefined where only labels are written. */
  async #seeFeature(node: ObservedNode, signal: AbortSignal): Promise<SeenFeature | undefined> {
    const { nodeFeature } = this.#options;
    if (nodeFeature === undefined) return undefined;
    const { store, mode } = nodeFeature;
    if (mode === 'Labels' && this.#isTakenBack) return undefined;
    if (mode !== 'NodeFeature' && !(await store.isServed(signal))) return undefined;
    const isLabelledByNfd = node.annotations[discovery.nodeFeature.featureLabels] !== undefined;
    const isWanted = mode === 'NodeFeature' || (mode === 'Auto' && isLabelledByNfd);
    return { isWanted, object: await store.get(signal) };
  }

  #featureState(object: NodeFeature | undefined): FeatureState {
    const now = this.#options.clock.monotonic();
    this.#givenSince ??= now;
    return { labels: object?.spec?.labels ?? {}, isOverdue: now - this.#givenSince >= overdueMs };
  }

  async #give(
    labels: Labels,
    found: Discovered,
    before: NodeFeature | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { nodeFeature, onWrite } = this.#options;
    if (await nodeFeature?.store.apply(nodeFeatureSpec(labels, found, before), before, signal)) onWrite?.();
  }

  /** The label the device plugin is scheduled by outlives drives whose cache is still there. */
  async #kept(input: PlanInput, signal: AbortSignal): Promise<readonly string[]> {
    const key = discovery.label.ai100.present;
    if (!isAboutToGo(key, input.discovered, ownLabelsOf(input), this.#absences)) return [];
    return (await this.#cache.read(input.now, signal)) ? [key] : [];
  }

  async #tellResources(labels: Labels, observed: ObservedNode, signal: AbortSignal): Promise<void> {
    const { client, node: name, onWrite, tellsResources = false } = this.#options;
    const wanted = resourcesOf(labels);
    if (!tellsResources || !resourcesDiffer(wanted, observed)) return;
    await applyResources(client, { name, uid: observed.uid }, wanted, signal);
    onWrite?.();
  }

  /** False if somebody else wrote the Node since it was read. */
  async #apply(
    { labels, annotations }: NodeMetadata,
    { resourceVersion }: ObservedNode,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client, node, clock, onWrite } = this.#options;
    const metadata = { name: node, resourceVersion, labels: { ...labels }, annotations: { ...annotations } };
    const object: Node = { metadata };
    try {
      await client.apply(resources.nodes, object, { fieldManager: discovery.fieldManager, signal });
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
    this.#assertedAt = clock.monotonic();
    onWrite?.();
    return true;
  }

  #remember({ absences, labels, conflicts }: Plan, node: ObservedNode): void {
    const { logger, onConflict } = this.#options;
    const known = this.published.value.conflicts;
    for (const key of conflicts.filter((each) => !known.includes(each))) {
      logger.warn("a label is somebody else's and says otherwise", { label: key, value: node.labels[key] });
      onConflict?.(key, node);
    }
    this.#absences = absences;
    this.published.set({ labels, conflicts });
  }

  #succeeded(): void {
    const at = this.#options.clock.monotonic();
    this.#backoff.reset();
    if (this.outcome.value?.ok === false) this.#options.logger.info('published again');
    this.outcome.set({ ok: true, at, succeededAt: at });
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, logger, reachability } = this.#options;
    const message = errorMessage(error);
    const before = this.outcome.value;
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const retryMs = Math.max(this.#backoff.next(), asked);
    const isQuiet = isNotFound(error) || (before?.ok === false && before.message === message);
    logger[isQuiet ? 'debug' : 'warn']('cannot publish', { error: message, retryMs });
    const succeededAt = before?.succeededAt === undefined ? {} : { succeededAt: before.succeededAt };
    this.outcome.set({ ok: false, message, at: clock.monotonic(), ...succeededAt });
    const isBack = await reachability.pause(retryMs, error, signal).catch(() => false);
    if (isBack) this.#backoff.reset();
  }
}
