import { join } from 'node:path';
import { Lifetime, type Logger } from '@rackwright/core';
import { HostFiles, HostRoot } from '@rackwright/host';
import { kubelet } from '@rackwright/keys';
import { EventRecorder, KubeClient } from '@rackwright/kube';
import { CdiRegistry } from './cdi/cdi-registry.ts';
import { DeviceManager } from './devices/device-manager.ts';
import { servePodResources } from './devices/pod-resources-server.ts';
import { defaultResources, type KubeletOptions } from './kubelet-options.ts';
import { NodeAgent } from './node/node-agent.ts';
import { NodeLease } from './node/node-lease.ts';
import { type NodeFacts, nodeLabels } from './node/node-object.ts';
import type { NodeContext } from './node-context.ts';
import { ObjectCache } from './object-cache.ts';
import { defaultTimings } from './options.ts';
import { type Pod, podUid } from './pod-model.ts';
import type { AddressPool } from './pods/address-pool.ts';
import { PodEvents } from './pods/pod-events.ts';
import { PodManager } from './pods/pod-manager.ts';
import { StatusPublisher } from './pods/status-publisher.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import { builtInImages } from './runtime/images.ts';
import { KubeletServer, type KubeletServerOptions } from './server/kubelet-server.ts';
import { kubeletFolder } from './volumes/csi/csi-paths.ts';
import { CsiService } from './volumes/csi/csi-service.ts';
import { TokenCache } from './volumes/tokens.ts';
import { watchVolumeHealth } from './volumes/volume-health.ts';

/** What outlives the kubelet: the machine's. */
export interface Machine {
  readonly runtime: ContainerRuntime;
  readonly addresses: AddressPool;
  readonly bootId: string;
}

/** One life of a kubelet, from its start to its stop. */
export class KubeletSession {
  readonly agent: NodeAgent;
  readonly pods: PodManager;
  readonly #options: KubeletOptions;
  readonly #lifetime: Lifetime;

  private constructor(options: KubeletOptions, agent: NodeAgent, pods: PodManager, lifetime: Lifetime) {
    this.#options = options;
    this.agent = agent;
    this.pods = pods;
    this.#lifetime = lifetime;
  }

  /** Opens the sockets and starts everything that talks to the API server. */
  static async start(options: KubeletOptions, machine: Machine, logger: Logger): Promise<KubeletSession> {
    const { clock, connection, nodeName } = options;
    const lifetime = new Lifetime({ logger });
    const timings = { ...defaultTimings, ...options.timings };
    const client = new KubeClient({ connection, clock, logger, userAgent: 'rackwright-kubelet-double' });
    const recorder = new EventRecorder({
      ...{ client, clock, logger, component: 'kubelet', instance: nodeName },
      rate: { ratePerSecond: 50, burst: 100 },
    });
    const host = new HostRoot(options.host);
    const facts = nodeFacts(options, machine);
    const pods = new PodManager({
      ...{ nodeName, client, clock, logger, addresses: machine.addresses },
      offer: async (newest) => ({
        labels: newest ? await agent.newestLabels() : (agent.node.value?.metadata?.labels ?? {}),
        allocatable: agent.allocatable(),
      }),
    });
    const devices = new DeviceManager({
      ...{ clock, logger, topologyPolicy: options.topologyPolicy ?? 'none', numaNodes: numaNodes(host) },
      folder: host.path(`${kubeletFolder}/device-plugins`),
      activePods: () => pods.activePods(),
      isRunning: (uid, name) =>
        machine.runtime.list(uid).some((record) => record.name === name && record.state === 'running'),
      changed: (uids) => pods.wake(uids),
    });
    const agent = new NodeAgent({ client, clock, logger, timings, facts, devices });
    const statuses = new StatusPublisher({ client, clock, logger });
    const objects = new ObjectCache(client, clock);
    const csi = new CsiService({ client, clock, logger, nodeName, host, objects });
    const context: NodeContext = {
      ...{
        nodeName,
        nodeIp: machine.addresses.nodeIp,
        host,
        clock,
        logger,
        timings,
        client,
        devices,
        statuses,
      },
      shown: (address) => machine.addresses.shown(address),
      networkProxy: options.networkProxy,
      resources: { cpu: facts.resources.cpu ?? 0, memory: facts.resources.memory ?? 0 },
      podsFolder: join(options.runFolder, 'pods'),
      server: connection.server,
      startedAt: clock.now(),
      runtime: machine.runtime,
      images: (reference) => options.images(reference) ?? builtInImages(reference),
      cdi: new CdiRegistry(host, logger),
      events: new PodEvents(recorder),
      ...{ objects, csi: csi.volumes },
      tokens: new TokenCache(client, clock),
    };
    // Undone in reverse order: the client goes last, as the last events still need it.
    lifetime.use(client);
    lifetime.use(recorder);
    lifetime.defer(() => statuses.stop());
    await devices.start();
    lifetime.defer(() => devices.stop());
    const socket = host.path(`${kubeletFolder}/pod-resources/kubelet.sock`);
    const podResources = await servePodResources(socket, devices, () => pods.activePods());
    lifetime.defer(() => podResources.close());
    const addressOf = (pod: Pod): string | undefined =>
      pod.spec.hostNetwork ? context.nodeIp : machine.addresses.get(podUid(pod));
    await serve(options, context, { pods, addressOf, port: facts.kubeletPort }, lifetime);
    const lease = new NodeLease({
      ...{ client, clock, logger, nodeName, leaseMs: timings.leaseMs },
      nodeUid: () => agent.node.value?.metadata?.uid,
    });
    const regarding = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeName };
    recorder.emit(regarding, {
      type: 'Normal',
      reason: kubelet.event.starting,
      message: 'Starting kubelet.',
    });
    lifetime.spawn('node', (signal) => agent.run(signal));
    const registered = (signal: AbortSignal): Promise<unknown> =>
      agent.node.until((node) => node !== undefined, signal).catch(() => undefined);
    lifetime.spawn('lease', (signal) => registered(signal).then(() => lease.run(signal)));
    lifetime.spawn('plugins', (signal) => registered(signal).then(() => csi.run(signal)));
    const health = {
      ...{ clock, csi: csi.volumes, claims: client, events: context.events },
      pods: () => pods.activePods(),
      intervalMs: timings.volumeStatsMs,
      tells: options.volumeHealth === true,
    };
    lifetime.spawn('volume health', (signal) => watchVolumeHealth(health, signal));
    lifetime.spawn('pods', (signal) => registered(signal).then(() => pods.run(context, signal)));
    return new KubeletSession(options, agent, pods, lifetime);
  }

  /** Stops the kubelet; containers keep running. */
  async stop(): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
    this.#options.logger?.debug('kubelet stopped', { node: this.#options.nodeName });
  }
}

async function serve(
  options: KubeletOptions,
  { clock, runtime, nodeIp }: NodeContext,
  { pods, ...where }: Pick<KubeletServerOptions, 'addressOf' | 'port'> & { readonly pods: PodManager },
  lifetime: Lifetime,
): Promise<void> {
  if (options.serving === undefined) return;
  const server = await KubeletServer.listen({
    ...{ clock, runtime, serving: options.serving, address: nodeIp, ...where },
    find: (namespace, name) => pods.find(namespace, name),
  });
  lifetime.use(server);
}

function nodeFacts(options: KubeletOptions, machine: Machine): NodeFacts {
  const facts = {
    nodeName: options.nodeName,
    nodeIp: machine.addresses.shown(machine.addresses.nodeIp),
    kubeletPort: options.port ?? 10_250,
    labels: options.labels ?? {},
    resources: { ...defaultResources, ...options.resources },
    kernelVersion: kernelVersion(new HostRoot(options.host)),
    bootId: machine.bootId,
  };
  return { ...facts, labels: nodeLabels(facts) };
}

/** The third word of /proc/version. */
function kernelVersion(host: HostRoot): string {
  const files = new HostFiles(host);
  return files.readTrimmed(host.proc('version'))?.split(/\s+/)[2] ?? 'unknown';
}

/** The NUMA nodes of the simulated machine; one if it shows none. */
function numaNodes(host: HostRoot): number[] {
  const names = new HostFiles(host).list(host.sys('devices', 'system', 'node'));
  const nodes = names.flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return nodes.length === 0 ? [0] : nodes.sort((a, b) => a - b);
}
