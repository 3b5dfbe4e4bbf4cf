import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { Informer } from '@rackwright/controller';
import { type Clock, HwError, Lifetime, type Logger, silentLogger } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import {
  type EndpointSlice,
  KubeClient,
  type KubeConnection,
  resources,
  type Service,
} from '@rackwright/kube';
import { ConnectProxy } from './connect-proxy.ts';
import { NodeNetworks } from './node-networks.ts';
import { resolve, type ServiceView } from './resolve.ts';
import { formatTarget, type Target } from './target.ts';

/** What a cluster's network is made of. */
export interface ClusterNetworkOptions {
  /** Path of the unix socket for the API server. */
  readonly socket: string;
  readonly clock: Clock;
  readonly logger?: Logger;
}

/** The API server's own Service, which has no endpoints here. */
const apiService = { namespace: 'default', name: 'kubernetes' } as const;

/**
 * The network of a simulated cluster. Nodes and pods listen on loopback and
 * show addresses that a real cluster might have; this is the one place that
 * knows which stands behind which. The API server comes in through a unix
 * socket, pods through a port on loopback, and both reach what kube-proxy and
 * DNS would let them reach.
 */
export class ClusterNetwork implements AsyncDisposable {
  readonly nodes = new NodeNetworks();
  readonly #options: ClusterNetworkOptions;
  readonly #lifetime: Lifetime;
  #proxy: ConnectProxy | undefined;
  #view: ServiceView | undefined;
  #apiServer: Target | undefined;

  private constructor(options: ClusterNetworkOptions, lifetime: Lifetime) {
    this.#options = options;
    this.#lifetime = lifetime;
  }

  /** Listens for the API server and for pods. */
  static async start(options: ClusterNetworkOptions): Promise<ClusterNetwork> {
    const { socket, clock, logger = silentLogger } = options;
    const lifetime = new Lifetime({ logger });
    const network = new ClusterNetwork(options, lifetime);
    try {
      const egress = {
        clock,
        logger,
        path: socket,
        locate: (target: Target) => network.#fromApiServer(target),
      };
      lifetime.use(await ConnectProxy.listen(egress));
      network.#proxy = lifetime.use(
        await ConnectProxy.listen({
          ...{ clock, logger },
          locate: (target, namespace) => network.#fromPod(target, namespace),
        }),
      );
      return network;
    } catch (error) {
      await lifetime[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where pods find their proxy, `host:port`. */
  get proxyAddress(): string {
    return this.#proxy?.address ?? '';
  }

  /** Follows the Services of a cluster whose API server answers; resolves when all are known. */
  async follow(connection: KubeConnection): Promise<void> {
    const { clock, logger = silentLogger } = this.#options;
    const client = new KubeClient({ connection, clock, logger, userAgent: 'rackwright-network' });
    this.#lifetime.use(client);
    const { hostname, port } = new URL(connection.server);
    this.#apiServer = { host: hostname, port: Number(port) };
    const shared = { client, clock, logger };
    const services = new Informer<Service>({
      ...{ ...shared, type: resources.services },
      indexes: { address: addressesOf, nodePort: nodePortsOf },
    });
    const slices = new Informer<EndpointSlice>({
      ...{ ...shared, type: resources.endpointSlices },
      indexes: { service: serviceOf },
    });
    this.#view = {
      service: (namespace, name) => services.get(`${namespace}/${name}`),
      byAddress: (address) => services.byIndex('address', address)[0],
      byNodePort: (number) => services.byIndex('nodePort', String(number))[0],
      slices: (namespace, name) => slices.byIndex('service', `${namespace}/${name}`),
      isNode: (address) => this.nodes.isNode(address),
    };
    for (const informer of [services, slices]) {
      this.#lifetime.spawn(informer.name, (signal) => informer.start(signal));
      await informer.synced.until(Boolean, this.#lifetime.signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }

  /** The API server is also told of servers on loopback, such as webhooks by URL: it reaches those as before. */
  #fromApiServer(target: Target): Target {
    return /^127\./.test(target.host) || target.host === 'localhost'
      ? target
      : this.#fromPod(target, undefined);
  }

  #fromPod(target: Target, namespace: string | undefined): Target {
    if (this.#view === undefined) throw new HwError('Unavailable', 'the cluster is not up yet');
    const choices = this.#isApiService(target) ? [] : resolve(target, namespace, this.#view);
    const chosen = choices[randomInt(Math.max(1, choices.length))];
    if (chosen === undefined) return this.#apiServer ?? target;
    const host = isIPv4(chosen.host) ? this.nodes.local(chosen.host) : undefined;
    if (host === undefined) throw new HwError('NotFound', `no route to ${formatTarget(chosen)}`);
    return { host, port: chosen.port };
  }

  #isApiService({ host, port }: Target): boolean {
    const service = this.#view?.service(apiService.namespace, apiService.name);
    const names = ['kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];
    return port === 443 && (names.includes(host) || host === service?.spec?.clusterIP);
  }
}

function addressesOf({ spec, status }: Service): string[] {
  const own = [spec?.clusterIP, ...(spec?.clusterIPs ?? [])];
  const given = status?.loadBalancer?.ingress?.map(({ ip }) => ip) ?? [];
  return [...new Set([...own, ...given])].filter((one) => one !== undefined && isIPv4(one)) as string[];
}

function nodePortsOf({ spec }: Service): string[] {
  return (spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort === undefined ? [] : [String(nodePort)]));
}

function serviceOf({ metadata }: EndpointSlice): string[] {
  const name = metadata?.labels?.[kubernetes.label.serviceName];
  return name === undefined ? [] : [`${metadata?.namespace}/${name}`];
}
