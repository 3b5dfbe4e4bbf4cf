import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, Latest } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { ignoreNotFound, isConflict, resources } from '@rackwright/kube';
import type { NodeContext } from '../node-context.ts';
import { type Pod, type PodStatus, podKey, podUid } from '../pod-model.ts';
import { PodProber } from '../probes/pod-prober.ts';
import { PodVolumes } from '../volumes/pod-volumes.ts';
import type { AddressPool } from './address-pool.ts';
import { podLogFolder } from './container-starter.ts';
import { stopPod } from './container-stopper.ts';
import type { Rejection } from './pod-admission.ts';
import { PodRunner } from './pod-runner.ts';
import { podStatus } from './pod-status.ts';

/** What a worker shares with those of the other pods. */
export interface PodWorkerOptions {
  readonly node: NodeContext;
  readonly pod: Pod;
  readonly addresses: AddressPool;
}

/**
 * Takes one pod from its first container to its last breath. It wakes when the
 * pod, a container or a probe changes, when a back-off is over, and now and then.
 */
export class PodWorker {
  readonly #node: NodeContext;
  readonly #addresses: AddressPool;
  readonly #wakes = new Latest(0);
  readonly #stop = new AbortController();
  readonly #prober: PodProber;
  readonly #runner: PodRunner;
  readonly #folder: string;
  readonly #seenAt: number;
  #pod: Pod;
  #removed = false;
  #ended = false;
  #gone = false;
  #done: Promise<void> | undefined;
  #ending: { readonly work: Promise<void>; readonly graceSeconds: number } | undefined;

  constructor(options: PodWorkerOptions) {
    this.#node = options.node;
    this.#pod = options.pod;
    this.#addresses = options.addresses;
    this.#seenAt = this.#node.clock.now();
    this.#folder = join(this.#node.podsFolder, podUid(options.pod));
    const { clock, runtime, events, startedAt } = this.#node;
    this.#prober = new PodProber({
      ...{ clock, runtime, events, kubeletStartedAt: startedAt },
      pod: () => this.#pod,
      host: () => this.#addresses.get(podUid(this.#pod)) ?? this.#node.nodeIp,
      changed: () => this.wake(),
    });
    this.#runner = new PodRunner({
      node: this.#node,
      volumes: new PodVolumes(join(this.#folder, 'volumes'), this.#node.host),
      folder: this.#folder,
      prober: this.#prober,
      reported: () => this.#publish(),
    });
    this.#ended = isTerminal(options.pod);
  }

  /** The pod with the newest status this kubelet has found. */
  get pod(): Pod {
    return this.#pod;
  }

  /** Whether nothing of the pod runs any more; then it holds no devices. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes the API server's newest version of the pod; the status stays this kubelet's own. */
  update(pod: Pod): void {
    this.#pod = { ...pod, status: { ...pod.status, ...this.#pod.status, ...foreign(pod, this.#pod) } };
    this.wake();
  }

  /** The pod has left the API server. */
  remove(pod: Pod): void {
    this.update(pod);
    this.#removed = true;
    this.wake();
  }

  wake(): void {
    this.#wakes.set(this.#wakes.value + 1);
  }

  /** Turns the pod away: it fails without having run. */
  reject({ reason, message }: Rejection): void {
    this.#node.events.warning(this.#pod, reason, message);
    this.#ended = true;
    this.#report({ ...this.#pod.status, phase: 'Failed', reason, message });
  }

  /** @param gone called once when the pod has left the API server and this node */
  start(gone: () => void): void {
    this.#done = this.#run(this.#stop.signal).then(() => {
      if (this.#gone) gone();
    });
  }

  /** Stops looking after the pod; its containers keep running. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the kubelet stops'));
    await this.#done;
    await this.#prober.stopped();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#gone) {
      const version = this.#wakes.value;
      let waitMs = this.#node.timings.syncMs;
      try {
        waitMs = Math.min(waitMs, await this.#sync(signal));
      } catch (error) {
        if (signal.aborted) return;
        this.#node.logger.warn('a pod could not be brought up to date', {
          pod: podKey(this.#pod),
          error: errorMessage(error),
        });
        waitMs = Math.min(waitMs, 1000);
      }
      await this.#sleep(version, waitMs, signal);
    }
  }

  /** Does what is to be done now; returns after how many milliseconds to look again. */
  async #sync(signal: AbortSignal): Promise<number> {
    const { metadata } = this.#pod;
    const leaving = this.#removed || metadata?.deletionTimestamp !== undefined;
    if (this.#ended && !leaving) return Number.POSITIVE_INFINITY;
    const late = leaving || this.#ended ? 0 : this.#deadline();
    if (!this.#ended && (leaving || late < 0)) await this.#end();
    if (leaving && this.#ended) {
      await this.#leave(signal);
      return 5000;
    }
    if (this.#ended) return Number.POSITIVE_INFINITY;
    const podIp = this.#pod.spec.hostNetwork ? this.#node.nodeIp : this.#addresses.take(podUid(this.#pod));
    this.#publish();
    if (isTerminal(this.#pod)) {
      await this.#end();
      return 0;
    }
    const retryMs = await this.#runner.sync(this.#pod, podIp, signal);
    this.#publish();
    return isTerminal(this.#pod) ? 0 : Math.min(retryMs, late === 0 ? Number.POSITIVE_INFINITY : late);
  }

  /** Milliseconds until the pod's activeDeadlineSeconds are over, 0 when it has none; marks it failed when they are. */
  #deadline(): number {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const startTime = this.#pod.status?.startTime;
    if (activeDeadlineSeconds === undefined || startTime === undefined) return 0;
    const left = Date.parse(startTime) + activeDeadlineSeconds * 1000 - this.#node.clock.now();
    if (left > 0) return left;
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#node.events.normal(this.#pod, kubelet.event.deadlineExceeded, message);
    this.#report({ ...this.#pod.status, phase: 'Failed', reason: kubelet.event.deadlineExceeded, message });
    return -1;
  }

  /** Stops all containers, reporting each that ends, and frees what the pod held. */
  async #end(): Promise<void> {
    for (let over = false; !over; ) {
      const version = this.#wakes.value;
      const work = this.#stopContainers();
      const woken = new AbortController();
      over = await Promise.race([
        work.then(() => true),
        this.#wakes.until((value) => value !== version, woken.signal).then(() => false),
      ]);
      woken.abort();
      this.#publish(true);
    }
    this.#ended = true;
    this.#publish(true);
    await this.#runner.unmount();
    this.#addresses.release(podUid(this.#pod));
  }

  /** Starts the stop once, and once more when less time is granted than before. */
  #stopContainers(): Promise<void> {
    const grace =
      this.#pod.metadata?.deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30;
    if (this.#ending === undefined || grace < this.#ending.graceSeconds) {
      const podIp = this.#addresses.get(podUid(this.#pod)) ?? this.#node.nodeIp;
      this.#ending = { work: stopPod(this.#node, this.#pod, podIp), graceSeconds: grace };
    }
    return this.#ending.work;
  }

  /** Confirms to the API server that the pod has ended; once it has left there, removes its traces here. */
  async #leave(signal: AbortSignal): Promise<void> {
    const { name = '', namespace = '' } = this.#pod.metadata ?? {};
    const uid = podUid(this.#pod);
    if (!this.#removed) {
      await this.#node.statuses.settled(uid);
      const options = { gracePeriodSeconds: 0, preconditions: { uid }, signal };
      await ignoreNotFound(this.#node.client.delete(resources.pods, { namespace, name }, options)).catch(
        (error) => {
          if (!isConflict(error)) throw error;
        },
      );
      return;
    }
    for (const record of this.#node.runtime.list(uid)) await this.#node.runtime.remove(record.id);
    await rm(this.#folder, { recursive: true, force: true });
    await rm(podLogFolder(this.#node, this.#pod), { recursive: true, force: true });
    this.#node.tokens.forget(uid);
    this.#node.statuses.forget(uid);
    this.#gone = true;
  }

  #publish(ending = false): void {
    this.#report(
      podStatus({
        pod: this.#pod,
        records: this.#node.runtime.list(podUid(this.#pod)),
        waiting: this.#runner.waiting,
        prober: this.#prober,
        devices: this.#node.devices,
        hostIp: this.#node.nodeIp,
        podIp: this.#pod.spec.hostNetwork ? this.#node.nodeIp : this.#addresses.get(podUid(this.#pod)),
        ending,
        ended: this.#ended,
        seenAt: this.#seenAt,
      }),
    );
  }

  #report(status: PodStatus): void {
    this.#pod = { ...this.#pod, status: this.#node.statuses.publish(this.#pod, status) };
  }

  async #sleep(version: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#wakes.value !== version || waitMs <= 0) return;
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    await Promise.race([
      this.#wakes.until((value) => value !== version, both),
      Number.isFinite(waitMs) ? this.#node.clock.sleep(waitMs, both) : new Promise<never>(() => undefined),
    ]).catch(() => undefined);
    over.abort();
  }
}

function isTerminal(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** What others wrote into the status: conditions that are not the kubelet's, and a last phase. */
function foreign(next: Pod, known: Pod): Partial<PodStatus> {
  const own = new Set(known.status?.conditions?.map((condition) => condition.type));
  const others = (next.status?.conditions ?? []).filter((condition) => !own.has(condition.type));
  return {
    conditions: [...(known.status?.conditions ?? []), ...others],
    ...(isTerminal(next) && next.status?.phase !== undefined ? { phase: next.status.phase } : {}),
  };
}
