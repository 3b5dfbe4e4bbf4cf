import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Informer } from '@rackwright/controller';
import { type Clock, errorMessage, type Logger, Mutex } from '@rackwright/core';
import { type KubeClient, type Pod as KubePod, resources } from '@rackwright/kube';
import type { NodeContext } from '../node-context.ts';
import { type Pod, podUid } from '../pod-model.ts';
import type { AddressPool } from './address-pool.ts';
import { admitDevices, checkFit, type NodeOffer, type Rejection } from './pod-admission.ts';
import { PodWorker } from './pod-worker.ts';

export interface PodManagerOptions {
  readonly nodeName: string;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly addresses: AddressPool;
  /** Labels and allocatable resources of the node, for admission; `newest` asks the API server for the labels. */
  readonly offer: (newest: boolean) => Promise<Omit<NodeOffer, 'name' | 'others'>>;
}

/** How long containers of a pod that is gone have to end, in milliseconds. */
const orphanGraceMs = 2000;

/** How often volumes of such pods are tried to be unmounted, in milliseconds (housekeepingPeriod). */
const orphanPeriodMs = 2000;

/** Follows the pods bound to the node: admits each, gives it a worker, and cleans up after it. */
export class PodManager {
  readonly #options: PodManagerOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #admission = new Mutex();
  readonly #informer: Informer<KubePod>;
  #node: NodeContext | undefined;

  constructor(options: PodManagerOptions) {
    this.#options = options;
    const { client, clock, logger, nodeName } = options;
    this.#informer = new Informer({
      ...{ client, clock, logger, type: resources.pods },
      fieldSelector: `spec.nodeName=${nodeName}`,
    });
  }

  /** Pods that may run or hold devices. */
  activePods(): readonly Pod[] {
    return [...this.#workers.values()].filter((worker) => !worker.ended).map((worker) => worker.pod);
  }

  /** Every pod this node knows, with its newest view of their statuses. */
  all(): readonly Pod[] {
    return [...this.#workers.values()].map((worker) => worker.pod);
  }

  /** The newest pod of this name: one before it may still be ending here. */
  find(namespace: string, name: string): Pod | undefined {
    return this.all().findLast((pod) => pod.metadata?.namespace === namespace && pod.metadata.name === name);
  }

  /** Has these pods' statuses looked at again. */
  wake(uids: Iterable<string>): void {
    for (const uid of uids) this.#workers.get(uid)?.wake();
  }

  /** Follows the API server until `signal` aborts; containers keep running afterwards. */
  async run(node: NodeContext, signal: AbortSignal): Promise<void> {
    this.#node = node;
    using _events = this.#informer.subscribe((event) => this.#take(event.type, event.object as Pod));
    using _containers = node.runtime.subscribe((record) => this.#workers.get(record.podUid)?.wake());
    const informing = this.#informer.start(signal);
    await this.#informer.synced.until((synced) => synced, signal).catch(() => undefined);
    // Every pod of the first list is admitted before running containers are no longer trusted.
    await this.#admission.run(() => Promise.resolve());
    if (!signal.aborted) {
      node.devices.sourcesReady();
      await this.#removeOrphans(node);
    }
    await Promise.all([informing, this.#reconcileStatuses(node, signal), this.#unmountOrphans(node, signal)]);
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
  }

  /** Takes the volumes of pods that were deleted while no kubelet looked from their drivers, once those have registered. */
  async #unmountOrphans({ csi, clock, logger }: NodeContext, signal: AbortSignal): Promise<void> {
    for (let left = 1; left > 0 && !signal.aborted; ) {
      const orphans = (await csi.pods()).filter((uid) => !this.#workers.has(uid));
      left = orphans.length;
      for (const uid of orphans) {
        await csi.unmountPod(uid, signal).then(
          () => (left -= 1),
          (error: unknown) => logger.warn('orphaned volumes', { pod: uid, error: errorMessage(error) }),
        );
      }
      if (left > 0) await clock.sleep(orphanPeriodMs, signal).catch(() => undefined);
    }
  }

  /** The kubelet's status manager does so every ten seconds (syncPeriod), whatever else happens. */
  async #reconcileStatuses({ clock, timings }: NodeContext, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(timings.statusSyncMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const worker of this.#workers.values()) worker.reconcile();
    }
  }

  #take(type: 'added' | 'updated' | 'deleted', pod: Pod): void {
    const worker = this.#workers.get(podUid(pod));
    if (type === 'deleted') worker?.remove(pod);
    else if (worker !== undefined) worker.update(pod);
    else this.#add(pod);
  }

  #add(pod: Pod): void {
    const node = this.#node;
    if (node === undefined) return;
    const worker = new PodWorker({ node, pod, addresses: this.#options.addresses });
    this.#workers.set(podUid(pod), worker);
    const admission = this.#admission.run(async () => {
      if (!worker.ended && pod.metadata?.deletionTimestamp === undefined) await this.#admit(node, worker);
      worker.start(() => this.#workers.delete(podUid(pod)));
    });
    admission.catch((error: unknown) =>
      this.#options.logger.error('a pod could not be admitted', { error: errorMessage(error) }),
    );
  }

  async #admit(node: NodeContext, worker: PodWorker): Promise<void> {
    const { pod } = worker;
    const others = this.activePods().filter((one) => podUid(one) !== podUid(pod));
    const running = node.runtime.list(podUid(pod)).some((record) => record.state === 'running');
    const { offer, nodeName: name } = this.#options;
    const fits = async (newest: boolean): Promise<Rejection | undefined> =>
      checkFit(pod, { name, ...(await offer(newest)), others });
    // A pod that already runs here has been checked before. A label that has just come may be why the pod is here.
    const rejection =
      (await admitDevices(node.devices, pod)) ??
      (running ? undefined : (await fits(false)) && (await fits(true)));
    if (rejection !== undefined) worker.reject(rejection);
  }

  /** Ends what runs here without a pod in the API server: deleted while no kubelet looked. */
  async #removeOrphans(node: NodeContext): Promise<void> {
    for (const record of node.runtime.list()) {
      if (this.#workers.has(record.podUid)) continue;
      await node.runtime.stop(record.id, orphanGraceMs);
      await node.runtime.remove(record.id);
      this.#options.addresses.release(record.podUid);
    }
    for (const uid of await readdir(node.podsFolder).catch(() => [])) {
      if (!this.#workers.has(uid)) await rm(join(node.podsFolder, uid), { recursive: true, force: true });
    }
    const logs = node.host.path('/var/log/pods');
    for (const name of await readdir(logs).catch(() => [])) {
      const uid = name.split('_').at(-1) ?? '';
      if (!this.#workers.has(uid)) await rm(join(logs, name), { recursive: true, force: true });
    }
  }
}
