import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, HwError, type Logger, Mutex } from '@rackwright/core';
import { removeLeftovers, writeFileDurable } from '@rackwright/host';
import {
  allContainers,
  type Container,
  isSidecar,
  type Pod,
  podUid,
  type ResourceHealth,
} from '../pod-model.ts';
import { checkpointFile, formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { allocateContainer, containerHint, deviceRequests } from './container-allocator.ts';
import { type DeviceOptions, mergeAllocations } from './device-options.ts';
import { type DeviceCapacity, DeviceState } from './device-state.ts';
import { preparePluginFolder } from './plugin-folder.ts';
import { deviceIds } from './pod-devices.ts';
import { RegistrationServer } from './registration.ts';
import type { TopologyPolicy } from './topology.ts';

/** What the device manager needs from the kubelet around it. */
export interface DeviceManagerOptions {
  /** The device plugin folder, as this process sees it. */
  readonly folder: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly topologyPolicy: TopologyPolicy;
  /** The machine's NUMA nodes. */
  readonly numaNodes: readonly number[];
  /** Pods that may hold devices: those known to the kubelet that have not ended. */
  readonly activePods: () => readonly Pod[];
  /** Whether a container of that pod runs, as the container runtime sees it. */
  readonly isRunning: (podUid: string, container: string) => boolean;
  /** Called with the pods that hold devices of a resource when it was reported anew. */
  readonly changed: (podUids: ReadonlySet<string>) => void;
}

/** The kubelet's device manager: plugins register with it, pods get their devices from it. */
export class DeviceManager {
  readonly #options: DeviceManagerOptions;
  readonly #state = new DeviceState();
  readonly #admission = new Mutex();
  readonly #disk = new Mutex();
  #registration: RegistrationServer | undefined;
  #folder = '';
  #sourcesReady = false;

  constructor(options: DeviceManagerOptions) {
    this.#options = options;
  }

  /** Removes stale plugin sockets, reads the checkpoint and opens kubelet.sock. */
  async start(): Promise<void> {
    const { clock, logger } = this.#options;
    this.#folder = await preparePluginFolder(this.#options.folder);
    await removeLeftovers(join(this.#folder, checkpointFile));
    await this.#readCheckpoint();
    this.#registration = new RegistrationServer({
      folder: this.#folder,
      clock,
      logger,
      listener: {
        connected: (connection) => {
          this.#state.endpoints.set(connection.resource, { connection });
        },
        devices: (resource, devices) => {
          this.#state.table.replace(resource, devices);
          this.#writeCheckpoint().catch((error: unknown) =>
            logger.error('cannot write the checkpoint', { error }),
          );
          this.#options.changed(this.#state.pods.holders(resource));
        },
        disconnected: (resource) => {
          this.#state.endpoints.get(resource)?.connection?.retire();
          this.#state.table.markUnhealthy(resource);
          this.#options.changed(this.#state.pods.holders(resource));
        },
      },
    });
    await this.#registration.start();
  }

  /** Closes kubelet.sock and all plugin connections; what pods hold stays in the checkpoint. */
  async stop(): Promise<void> {
    await this.#registration?.stop();
    await this.#disk.run(() => Promise.resolve());
  }

  /** Says that every pod of the API server has been seen; running containers are no longer taken on trust. */
  sourcesReady(): void {
    this.#sourcesReady = true;
  }

  /** Device counts for the node's status; resources whose plugin has been gone too long are dropped. */
  capacity(): DeviceCapacity {
    if (this.#state.forgetExpired(this.#options.clock.now())) {
      this.#writeCheckpoint().catch((error: unknown) =>
        this.#options.logger.error('cannot write the checkpoint', { error }),
      );
    }
    return this.#state.capacity();
  }

  /** Whether the kubelet has no checkpoint, so that device counts of an older Node object mean nothing. */
  async isNew(): Promise<boolean> {
    return (await this.#checkpointText()) === undefined;
  }

  /**
   * Gives every container of a new pod its devices.
   *
   * @throws HwError ResourceExhausted, Unavailable or what the plugin answered; Conflict when
   *   the topology policy refuses the pod
   */
  admit(pod: Pod): Promise<void> {
    return this.#admission.run(async () => {
      const reusable = new Map<string, Set<string>>();
      for (const container of allContainers(pod.spec)) await this.#allocate(pod, container, reusable);
    });
  }

  /** What the container's devices add to it; calls PreStartContainer where the plugin wants it. */
  async containerOptions(pod: Pod, container: Container): Promise<DeviceOptions | undefined> {
    const uid = podUid(pod);
    for (const [resource, count] of deviceRequests(this.#state, container)) {
      if (count === 0) continue;
      await this.#preStart(uid, container.name, resource);
      if (this.#state.pods.ids(uid, container.name, resource) === undefined && this.#isActive(uid)) {
        await this.#admission.run(() => this.#allocate(pod, container, new Map()));
      }
    }
    const allocations = this.#state.pods.ofContainer(uid, container.name);
    return allocations.length === 0 ? undefined : mergeAllocations(allocations, this.#options.logger);
  }

  /** Devices a container holds now, one entry per resource; for the pod resources service. */
  devicesOf(uid: string, container: string): { resource: string; ids: readonly string[] }[] {
    this.#freeEnded();
    return this.#state.pods
      .ofContainer(uid, container)
      .map((one) => ({ resource: one.resource, ids: [...deviceIds(one)] }));
  }

  /** Health of the devices a container holds, for its status. A device nobody reports counts as healthy. */
  healthOf(uid: string, container: string): ResourceHealth[] {
    return this.devicesOf(uid, container).map(({ resource, ids }) => ({
      name: resource,
      resources: ids.map((id) => {
        const device = this.#state.table.device(resource, id);
        const healthy = device === undefined || device.health === 'Healthy';
        return { resourceID: id, health: healthy ? ('Healthy' as const) : ('Unhealthy' as const) };
      }),
    }));
  }

  async #allocate(pod: Pod, container: Container, reusable: Map<string, Set<string>>): Promise<void> {
    this.#freeEnded();
    const uid = podUid(pod);
    const { topologyPolicy, numaNodes } = this.#options;
    const recovering = !this.#sourcesReady && this.#options.isRunning(uid, container.name);
    const request = { podUid: uid, container, reusable, recovering };
    const hint = containerHint(this.#state, topologyPolicy, numaNodes, request);
    if (hint === undefined) {
      throw new HwError('Conflict', `${container.name}: no NUMA node can serve all its devices`);
    }
    if (await allocateContainer(this.#state, request, topologyPolicy === 'none' ? undefined : hint)) {
      await this.#writeCheckpoint();
    }
    const isInit = (pod.spec.initContainers ?? []).includes(container);
    for (const one of this.#state.pods.ofContainer(uid, container.name)) {
      const set = reusable.get(one.resource) ?? new Set<string>();
      for (const id of deviceIds(one)) {
        if (isInit && !isSidecar(container)) set.add(id);
        else set.delete(id);
      }
      reusable.set(one.resource, set);
    }
  }

  async #preStart(uid: string, container: string, resource: string): Promise<void> {
    const connection = this.#state.endpoints.get(resource)?.connection;
    if (connection === undefined && !this.#state.endpoints.has(resource)) {
      throw new HwError('Unavailable', `${resource} has no device plugin`);
    }
    if (!connection?.options.preStartRequired) return;
    const ids = this.#state.pods.ids(uid, container, resource);
    if (ids === undefined) throw new HwError('Internal', `${container} holds no ${resource} to prepare`);
    await connection.preStart([...ids]);
  }

  #isActive(uid: string): boolean {
    return this.#options.activePods().some((pod) => podUid(pod) === uid);
  }

  /** Frees what pods that have ended still hold. */
  #freeEnded(): void {
    if (this.#sourcesReady) this.#state.pods.retain(new Set(this.#options.activePods().map(podUid)));
  }

  async #readCheckpoint(): Promise<void> {
    const text = await this.#checkpointText();
    if (text === undefined) return;
    const checkpoint = parseCheckpoint(text);
    if (checkpoint === undefined) {
      this.#options.logger.error('the device checkpoint is damaged and is ignored', { file: checkpointFile });
      return;
    }
    for (const allocation of checkpoint.allocations) this.#state.pods.insert(allocation);
    for (const resource of checkpoint.registered.keys()) {
      this.#state.table.announce(resource);
      this.#state.endpoints.set(resource, { stoppedAt: this.#options.clock.now() });
    }
  }

  #checkpointText(): Promise<string | undefined> {
    return readFile(join(this.#folder, checkpointFile), 'utf8').catch(() => undefined);
  }

  #writeCheckpoint(): Promise<void> {
    return this.#disk.run(() => {
      const registered = new Map(
        this.#state.table.resources().map((resource) => [resource, [...this.#state.table.healthy(resource)]]),
      );
      const text = formatCheckpoint({ allocations: this.#state.pods.all(), registered });
      return writeFileDurable(join(this.#folder, checkpointFile), text, { mode: 0o600 });
    });
  }
}
