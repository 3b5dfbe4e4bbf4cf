import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Backoff, errorMessage, Latest } from '@rackwright/core';
import { kubelet } from '@rackwright/keys';
import { ignoreNotFound, isConflict, resources } from '@rackwright/kube';
import type { NodeContext } from '../node-context.ts';
import { type Pod, type PodStatus, podKey, podUid } from '../pod-model.ts';
import { PodProber } from '../probes/pod-prober.ts';
import { PodVolumes } from '../volumes/pod-volumes.ts';
import type { AddressPool } from './address-pool.ts';
import { podLogFolder } from './container-spec.ts';
import type { Rejection } from './pod-admission.ts';
import { PodEnding } from './pod-ending.ts';
import { maxVolumeWaitMs, PodRunner } from './pod-runner.ts';
import { podStatus } from './pod-status.ts';
import { externalPart, isTerminal, mergedPod } from './pod-view.ts';

/** What a worker shares with those of the other pods. */
export interface PodWorkerOptions {
  readonly node: NodeContext;
  readonly pod: Pod;
  readonly addresses: AddressPool;
}

const never = Number.POSITIVE_INFINITY;
/** How long to wait for a pod to leave the API server before asking again, in milliseconds. */
const leaveMs = 5000;

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
  readonly #ending: PodEnding;
  readonly #releaseBackoff = new Backoff({ initialMs: 500, maxMs: maxVolumeWaitMs, jitter: 0 });
  readonly #folder: string;
  readonly #seenAt: number;
  #api: Pod;
  #status: PodStatus | undefined;
  #removed = false;
  #ended: boolean;
  /** Whether its volumes are unmounted. */
  #released = false;
  #gone = false;
  #done: Promise<void> | undefined;

  constructor(options: PodWorkerOptions) {
    const { node, pod } = options;
    this.#node = node;
    this.#api = pod;
    this.#addresses = options.addresses;
    this.#seenAt = node.clock.now();
    this.#folder = join(node.podsFolder, podUid(pod));
    this.#ended = isTerminal(pod);
    const { clock, runtime, events, startedAt } = node;
    this.#prober = new PodProber({
      ...{ clock, runtime, events, kubeletStartedAt: startedAt },
      pod: () => this.pod,
      host: () => this.#podIp() ?? node.nodeIp,
      changed: () => this.wake(),
    });
    this.#runner = new PodRunner({
      ...{ node, folder: this.#folder, prober: this.#prober },
      volumes: new PodVolumes({
        ...{ uid: podUid(pod), host: node.host, claims: node.client, csi: node.csi },
        folder: join(this.#folder, 'volumes'),
      }),
      connect: () => this.#connect(),
      report: () => this.#publish(),
    });
    this.#ending = new PodEnding(node, this.#wakes);
  }

  /** The pod with the newest status this kubelet has found. */
  get pod(): Pod {
    return mergedPod(this.#api, this.#status);
  }

  /** Whether nothing of the pod runs any more; then it holds no devices. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Takes the API server's newest version of the pod. */
  update(pod: Pod): void {
    const changed = externalPart(pod) !== externalPart(this.#api);
    this.#api = pod;
    if (changed) this.wake();
  }

  /** Puts right what somebody else wrote into the parts of the status that are the kubelet's. */
  reconcile(): void {
    // A last phase somebody else has set stays.
    if (!this.#removed && !isTerminal(this.#api)) this.#node.statuses.reconcile(this.#api);
  }

  /** The pod has left the API server. */
  remove(pod: Pod): void {
    this.#removed = true;
    this.update(pod);
    this.wake();
  }

  wake(): void {
    this.#wakes.set(this.#wakes.value + 1);
  }

  /** Turns the pod away: it fails without having run. */
  reject({ reason, message }: Rejection): void {
    this.#node.events.warning(this.pod, reason, message);
    this.#ended = true;
    this.#report({ ...this.pod.status, phase: 'Failed', reason, message });
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
        const what = { pod: podKey(this.#api), error: errorMessage(error) };
        this.#node.logger.warn('a pod could not be brought up to date', what);
        waitMs = Math.min(waitMs, 1000);
      }
      await this.#sleep(version, waitMs, signal);
    }
  }

  /** Does what is to be done now; returns after how many milliseconds to look again. */
  async #sync(signal: AbortSignal): Promise<number> {
    const leaving = this.#removed || this.#api.metadata?.deletionTimestamp !== undefined;
    if (!this.#ended && (leaving || isTerminal(this.pod))) await this.#end(signal);
    if (this.#ended) {
      if (!this.#released && !(await this.#release(signal))) return this.#releaseBackoff.next();
      if (leaving) await this.#leave(signal);
      return leaving ? leaveMs : never;
    }
    this.#publish();
    const left = this.#timeLeft();
    if (left <= 0) this.#expire();
    if (isTerminal(this.pod)) return 0;
    const retryMs = await this.#runner.sync(this.pod, signal);
    this.#publish();
    return isTerminal(this.pod) ? 0 : Math.min(retryMs, left);
  }

  /** Milliseconds until the pod's activeDeadlineSeconds are over. */
  #timeLeft(): number {
    const { spec, status } = this.pod;
    if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined) return never;
    return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - this.#node.clock.now();
  }

  #expire(): void {
    const reason = kubelet.event.deadlineExceeded;
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#node.events.normal(this.pod, reason, message);
    this.#report({ ...this.pod.status, phase: 'Failed', reason, message });
  }

  /** Stops all containers, reporting each that ends, and frees what the pod held. */
  async #end(signal: AbortSignal): Promise<void> {
    const host = (): string => this.#podIp() ?? this.#node.nodeIp;
    await this.#ending.run(
      () => this.pod,
      host,
      () => this.#publish(true),
      signal,
    );
    this.#ended = true;
    this.#publish(true);
    this.#addresses.release(podUid(this.#api));
  }

  /** Unmounts the pod's volumes. Until that is done the pod stays, as in a real kubelet: its data may be in use. */
  async #release(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#runner.unmount(signal);
      this.#released = true;
    } catch (error) {
      signal.throwIfAborted();
      const what = { pod: podKey(this.#api), error: errorMessage(error) };
      this.#node.logger.warn('the volumes of a pod could not be unmounted', what);
    }
    return this.#released;
  }

  /** Confirms to the API server that the pod has ended; once it has left there, removes its traces here. */
  async #leave(signal: AbortSignal): Promise<void> {
    const { name = '', namespace = '' } = this.#api.metadata ?? {};
    const uid = podUid(this.#api);
    const { statuses, client, runtime, tokens } = this.#node;
    if (!this.#removed) {
      await statuses.settled(uid);
      const options = { gracePeriodSeconds: 0, preconditions: { uid }, signal };
      await ignoreNotFound(client.delete(resources.pods, { namespace, name }, options)).catch((error) => {
        if (!isConflict(error)) throw error;
      });
      return;
    }
    for (const record of runtime.list(uid)) await runtime.remove(record.id);
    await rm(this.#folder, { recursive: true, force: true });
    await rm(podLogFolder(this.#node, this.#api), { recursive: true, force: true });
    tokens.forget(uid);
    statuses.forget(uid);
    this.#gone = true;
  }

  /** Where the pod listens, once it has an address. */
  #podIp(): string | undefined {
    const uid = podUid(this.#api);
    return this.#api.spec.hostNetwork && this.#addresses.has(uid)
      ? this.#node.nodeIp
      : this.#addresses.get(uid);
  }

  /** Gives the pod its address. */
  #connect(): string {
    const address = this.#addresses.take(podUid(this.#api));
    return this.#api.spec.hostNetwork ? this.#node.nodeIp : address;
  }

  #publish(ending = false): void {
    const { runtime, devices, nodeIp, shown } = this.#node;
    const podIp = this.#podIp();
    const status = podStatus({
      ...{ pod: this.pod, devices, ending, prober: this.#prober },
      ...{ hostIp: shown(nodeIp), podIp: podIp === undefined ? undefined : shown(podIp) },
      records: runtime.list(podUid(this.#api)),
      waiting: this.#runner.waiting,
      ended: this.#ended,
      seenAt: this.#seenAt,
    });
    this.#report(status);
  }

  #report(status: PodStatus): void {
    this.#status = this.#node.statuses.publish(this.#api, status);
  }

  async #sleep(version: number, waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#wakes.value !== version || waitMs <= 0) return;
    const over = new AbortController();
    const both = AbortSignal.any([signal, over.signal]);
    const woken = this.#wakes.until((value) => value !== version, both);
    await (Number.isFinite(waitMs)
      ? Promise.race([woken, this.#node.clock.sleep(waitMs, both)])
      : woken
    ).catch(() => undefined);
    over.abort();
  }
}
