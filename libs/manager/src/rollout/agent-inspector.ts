import { Backoff, type Clock, errorMessage, type Logger } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import { type DaemonSet, type Event, type KubeClient, type Pod, resources } from '@rackwright/kube';
import type { AgentFailure } from './agent-failure.ts';
import type { RolloutKind } from './kind.ts';
import { areWaitingForKubelet, isReady, podEventReasons, podFailures } from './pod-failures.ts';
import { refusedPods, unmadePods } from './refused-pods.ts';
import { componentOf } from './rollout.ts';

/** What the inspector works with. */
export interface InspectorOptions<C extends string = string> {
  /** Whose agents they are. */
  readonly kind: RolloutKind<C>;
  readonly client: Pick<KubeClient, 'list'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What was found, and when to ask again, in milliseconds from now; undefined when nothing is wrong. */
export interface Inspection<C extends string = string> {
  readonly failures: readonly AgentFailure<C>[];
  readonly againAfterMs?: number;
}

interface Seen<C extends string> {
  /** What the DaemonSets said then. */
  readonly counts: string;
  readonly failures: readonly AgentFailure<C>[];
  readonly backoff: Backoff;
  /** These two on the monotonic clock. */
  readonly lookedAt: number;
  readonly nextAt: number;
}

/** Between two looks while something changes, and at most while nothing does. */
const [shortestMs, longestMs] = [2000, 60_000];
/** A look costs the API server something for each pod, so those at many pods are rarer. */
const msPerPod = 10;
/** A container may need this long to begin before events are asked why it does not. */
const startGraceMs = 10_000;

/**
 * Finds out why agents do not run, which their DaemonSets do not say. It asks
 * only while something is not ready, and keeps nothing of pods that are.
 */
export class AgentInspector<C extends string> {
  readonly #options: InspectorOptions<C>;
  readonly #seen = new Map<string, Seen<C>>();

  constructor(options: InspectorOptions<C>) {
    this.#options = options;
  }

  /** What keeps the pods of `awaited`, the DaemonSets of the object `owner` that are not ready, from running. */
  async inspect(owner: string, awaited: readonly DaemonSet[], signal: AbortSignal): Promise<Inspection<C>> {
    if (awaited.length === 0) {
      this.#seen.delete(owner);
      return { failures: [] };
    }
    const { clock } = this.#options;
    const counts = JSON.stringify(awaited.map(({ metadata, status }) => [metadata?.uid, status]));
    const seen = this.#seen.get(owner);
    const now = clock.monotonic();
    const due = dueAt(seen, counts, awaited);
    if (seen !== undefined && due > now) return { failures: seen.failures, againAfterMs: due - now };
    const failures = await this.#look(awaited, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      this.#options.logger.warn('cannot see why agents are not ready', { error: errorMessage(error) });
      return seen?.failures ?? [];
    });
    const backoff = seen?.counts === counts ? seen.backoff : newBackoff();
    const againAfterMs = Math.max(backoff.next(), leastMs(awaited));
    const lookedAt = clock.monotonic();
    this.#seen.set(owner, { counts, failures, backoff, lookedAt, nextAt: lookedAt + againAfterMs });
    return { failures, againAfterMs };
  }

  async #look(awaited: readonly DaemonSet[], signal: AbortSignal): Promise<AgentFailure<C>[]> {
    const pods = await this.#unreadyPods(awaited, signal);
    const late = pods.filter(({ metadata }) => this.#isLate(metadata?.creationTimestamp));
    const namespace = awaited[0]?.metadata?.namespace;
    const [aboutPods, aboutDaemonSets] = await Promise.all([
      areWaitingForKubelet(late) ? this.#events(namespace, 'Pod', podEventReasons, signal) : [],
      awaited.some((daemonSet) => unmadePods(daemonSet) > 0)
        ? this.#events(namespace, 'DaemonSet', [kubernetes.event.failedCreate], signal)
        : [],
    ]);
    const { kind } = this.#options;
    return [...podFailures(kind, pods, aboutPods), ...refusedPods(kind, awaited, aboutDaemonSets)];
  }

  /** Pods that run are asked for only when the others do not explain all that is missing. */
  async #unreadyPods(awaited: readonly DaemonSet[], signal: AbortSignal): Promise<Pod[]> {
    const { namespace, labels } = awaited[0]?.metadata ?? {};
    const names = awaited.map(componentOf).join();
    const instance = `${kubernetes.label.instance}=${labels?.[kubernetes.label.instance] ?? ''}`;
    const labelSelector = `${instance},${kubernetes.label.component} in (${names})`;
    const list = async (fieldSelector: string): Promise<Pod[]> => {
      const options = { namespace, labelSelector, fieldSelector, trim: withoutReady, signal };
      const { items } = await this.#options.client.list(resources.pods, options);
      return items.filter((pod) => !isReady(pod));
    };
    const waiting = await list('status.phase!=Running');
    if (waiting.length >= missingPods(awaited)) return waiting;
    return [...waiting, ...(await list('status.phase=Running'))];
  }

  async #events(
    namespace: string | undefined,
    kind: string,
    reasons: readonly string[],
    signal: AbortSignal,
  ): Promise<Event[]> {
    const lists = await Promise.all(
      reasons.map((reason) => {
        const fieldSelector = `regarding.kind=${kind},reason=${reason}`;
        return this.#options.client.list(resources.events, { namespace, fieldSelector, signal });
      }),
    );
    return lists.flatMap(({ items }) => items);
  }

  #isLate(created = ''): boolean {
    return this.#options.clock.now() - Date.parse(created) > startGraceMs;
  }
}

/** At once the first time; as soon as it may be when the DaemonSets say something new. */
function dueAt(seen: Seen<string> | undefined, counts: string, awaited: readonly DaemonSet[]): number {
  if (seen === undefined) return Number.NEGATIVE_INFINITY;
  return seen.counts === counts ? seen.nextAt : seen.lookedAt + leastMs(awaited);
}

function leastMs(awaited: readonly DaemonSet[]): number {
  return Math.max(shortestMs, podsOf(awaited) * msPerPod);
}

function newBackoff(): Backoff {
  return new Backoff({ initialMs: shortestMs, maxMs: longestMs });
}

function podsOf(daemonSets: readonly DaemonSet[]): number {
  return daemonSets.reduce((sum, { status = {} }) => sum + (status.desiredNumberScheduled ?? 0), 0);
}

/** Pods that exist and are not available. */
function missingPods(daemonSets: readonly DaemonSet[]): number {
  return daemonSets.reduce((sum, daemonSet) => {
    const { desiredNumberScheduled = 0, numberAvailable = 0 } = daemonSet.status ?? {};
    return sum + Math.max(0, desiredNumberScheduled - numberAvailable - unmadePods(daemonSet));
  }, 0);
}

/** Of a pod that is ready only that is kept; of others what a cause is read from. */
function withoutReady({ metadata, spec, status }: Pod): Pod {
  if (isReady({ status: status ?? {} })) {
    return {
      metadata: {},
      status: { conditions: [{ type: kubernetes.podCondition.ready, status: 'True' }] },
    };
  }
  const { name = '', uid = '', labels = {}, creationTimestamp = '', deletionTimestamp } = metadata ?? {};
  const { nodeName, affinity } = spec ?? {};
  return {
    metadata: {
      ...{ name, uid, labels, creationTimestamp },
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    spec: {
      containers: [],
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(affinity === undefined ? {} : { affinity }),
    },
    ...(status === undefined ? {} : { status }),
  };
}
