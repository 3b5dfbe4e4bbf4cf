import { Backoff } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import type { NodeContext } from '../node-context.ts';
import { type Container, type Pod, podKey, podUid } from '../pod-model.ts';
import type { PodProber } from '../probes/pod-prober.ts';
import { type ContainerRecord, newest } from '../runtime/container-record.ts';
import { isUnprocessed, mountFailures } from '../volumes/mount-failure.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { startContainer } from './container-starter.ts';
import type { WaitingReason } from './container-statuses.ts';
import { stopContainer, stopPod } from './container-stopper.ts';
import { ImagePuller } from './image-pull.ts';
import { orAborted } from './or-aborted.ts';
import { type ContainerToKill, podActions } from './pod-actions.ts';
import { StartBackoff } from './start-backoff.ts';
import { StartError } from './start-error.ts';

export interface PodRunnerOptions {
  readonly node: NodeContext;
  readonly volumes: PodVolumes;
  readonly folder: string;
  readonly prober: PodProber;
  /** Gives the pod its address, the same one each time. */
  readonly connect: () => string;
  /** Publishes the pod's status. */
  readonly report: () => void;
}

/** The longest wait between two tries to mount or unmount a pod's volumes, in milliseconds. */
export const maxVolumeWaitMs = 122_000;
/** How often the kubelet looks which claims its pods name (desiredStateOfWorldPopulatorLoopSleepPeriod), in milliseconds. */
const claimPeriodMs = 100;
/** When what a pod needs is tried again after it failed (backOffPeriod, to which the kubelet adds up to half), in milliseconds. */
const backOffPeriodMs = 10_000;

/** Keeps the containers of a living pod as its spec wants them. */
export class PodRunner {
  readonly #options: PodRunnerOptions;
  readonly #backoff: StartBackoff;
  readonly #puller: ImagePuller;
  readonly #waiting = new Map<string, WaitingReason>();
  readonly #volumeBackoff = new Backoff({ initialMs: 500, maxMs: maxVolumeWaitMs, jitter: 0 });
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PodRunnerOptions) {
    this.#options = options;
    const { timings, images, events, clock } = options.node;
    this.#backoff = new StartBackoff({
      initialMs: timings.crashBackOffMs,
      maxMs: timings.crashBackOffMaxMs,
      resetMs: timings.crashResetMs,
    });
    this.#puller = new ImagePuller({ images, events, clock, backOffMs: timings.imageBackOffMs });
  }

  /** Why containers wait, by name. */
  get waiting(): ReadonlyMap<string, WaitingReason> {
    return this.#waiting;
  }

  /** Mounts, kills and starts what has to be; returns after how many milliseconds to look again. */
  async sync(pod: Pod, signal: AbortSignal): Promise<number> {
    const { node, prober, connect } = this.#options;
    const mountRetryMs = await orAborted(this.#mount(pod, signal), signal);
    if (mountRetryMs !== undefined) return mountRetryMs;
    this.#volumeBackoff.reset();
    const podIp = connect();
    prober.start(signal);
    const records = node.runtime.list(podUid(pod));
    const actions = podActions(pod, records, prober.results);
    if (actions.killPod) {
      await orAborted(stopPod(node, pod, podIp), signal);
      return Number.POSITIVE_INFINITY;
    }
    const kills = actions.kill.map((kill) => this.#kill(pod, podIp, kill));
    await orAborted(Promise.all(kills), signal);
    let retryMs = Number.POSITIVE_INFINITY;
    for (const container of actions.start) {
      if (signal.aborted) break;
      retryMs = Math.min(retryMs, await this.#start(pod, podIp, container, records));
    }
    return retryMs;
  }

  /**
   * Removes the pod's volumes.
   *
   * @throws when a driver does not let go of one; to be done again then
   */
  unmount(signal: AbortSignal): Promise<void> {
    return this.#options.volumes.remove(signal);
  }

  /**
   * Mounts what is not mounted yet; volumes that show API objects are refreshed now and then.
   *
   * @returns when to try again if a volume is missing, in milliseconds
   */
  async #mount(pod: Pod, signal: AbortSignal): Promise<number | undefined> {
    const { node, volumes } = this.#options;
    const now = node.clock.now();
    if (now - this.#refreshedAt < node.timings.syncMs) return undefined;
    if (volumes.awaitsClaims(pod)) {
      await node.clock.sleep(claimPeriodMs - ((now - node.startedAt) % claimPeriodMs), signal);
    }
    const input = {
      ...{ pod, objects: node.objects, tokens: node.tokens, node: node.resources },
      addresses: { hostIp: node.shown(node.nodeIp), podIp: '' },
    };
    const failures = await volumes.refresh(input, signal);
    for (const { reason, message } of mountFailures(pod, failures, volumes)) {
      node.events.warning(pod, reason, message);
    }
    for (const expansion of await volumes.expand(pod, now, signal)) node.events.expansion(pod, expansion);
    if (failures.length === 0) this.#refreshedAt = now;
    // What is mounted already is used as it is, e.g. when a ConfigMap has been deleted meanwhile.
    const missing = failures.filter(({ volume }) => !volumes.has(volume));
    if (missing.length === 0) return undefined;
    return missing.some(isUnprocessed) ? this.#backOffMs : this.#volumeBackoff.next();
  }

  get #backOffMs(): number {
    return Math.min(this.#options.node.timings.syncMs, backOffPeriodMs);
  }

  #kill(pod: Pod, podIp: string, { container, id, reason, message }: ContainerToKill): Promise<void> {
    const { node } = this.#options;
    const record = node.runtime.get(id);
    if (record === undefined) return Promise.resolve();
    return stopContainer(node, { pod, container, record, podIp, reason, message });
  }

  async #start(
    pod: Pod,
    podIp: string,
    container: Container,
    records: readonly ContainerRecord[],
  ): Promise<number> {
    const { node, volumes, folder } = this.#options;
    const backOffMs = this.#inBackOff(pod, container, records);
    if (backOffMs !== undefined) return backOffMs;
    const pulled = this.#puller.pull(pod, container);
    if ('failure' in pulled) {
      this.#waiting.set(container.name, pulled.failure);
      return pulled.retryMs;
    }
    try {
      await startContainer(node, { pod, container, image: pulled.image, podIp, podFolder: folder, volumes });
      this.#waiting.delete(container.name);
      return Number.POSITIVE_INFINITY;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#waiting.set(container.name, error.waiting);
      // A container that was created has an end, and from there the back-off counts.
      return this.#backOffMs;
    } finally {
      this.#options.report();
    }
  }

  /**
   * Milliseconds a crashed container still has to wait, or undefined when it
   * may start. As in the real kubelet a container that has just been killed
   * does not count yet, so the wait is from the end of the one before it.
   */
  #inBackOff(pod: Pod, container: Container, records: readonly ContainerRecord[]): number | undefined {
    const { node } = this.#options;
    const exited = records.filter((record) => record.state === 'exited');
    const record = newest(exited, container.name);
    if (record === undefined) return undefined;
    const failedAt = record.finishedAt ?? node.clock.now();
    const pending = this.#backoff.pending(container.name, failedAt, node.clock.now());
    if (pending === undefined) {
      this.#backoff.next(container.name, failedAt, node.clock.now());
      return undefined;
    }
    const seconds = Math.round(pending.waitMs / 1000);
    const { event, waiting } = kubelet;
    const message = `Back-off restarting failed container ${container.name} in pod ${pod.metadata?.name}`;
    node.events.warning(pod, event.backOff, message, container);
    this.#waiting.set(container.name, {
      reason: waiting.crashLoop,
      message: `back-off ${seconds}s restarting failed container=${container.name} pod=${podKey(pod)}`,
    });
    return pending.leftMs;
  }
}
