import { Controller, Informer } from '@rackwright/controller';
import { type Clock, HwError, Lifetime, type Logger, silentLogger } from '@rackwright/core';
import { kubernetes } from '@rackwright/keys';
import {
  EventRecorder,
  ignoreNotFound,
  KubeClient,
  type KubeConnection,
  keyOf,
  type Regarding,
  resources,
  type Service,
} from '@rackwright/kube';
import {
  assignedAddress,
  hasFinalizer,
  type LoadBalancerMode,
  loadBalancerStep,
} from './load-balancer-plan.ts';

/** What the load balancer talks to. */
export interface LoadBalancerOptions {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly logger?: Logger;
}

/**
 * Stands for a cloud's load balancer: it gives Services of that type an
 * address, and can be late or refuse. Traffic to the address is the network's
 * work, kube-proxy's or the simulated one's; nothing but the Kubernetes API is
 * used here.
 */
export class LoadBalancer implements AsyncDisposable {
  readonly #client: KubeClient;
  readonly #services: Informer<Service>;
  readonly #controller: Controller;
  readonly #events: EventRecorder;
  readonly #lifetime: Lifetime;
  /** Addresses given that the cache may not show yet, by Service. */
  readonly #given = new Map<string, string>();
  #mode: LoadBalancerMode = 'prompt';

  private constructor(options: LoadBalancerOptions, lifetime: Lifetime) {
    const { connection, clock, logger = silentLogger } = options;
    this.#lifetime = lifetime;
    const client = new KubeClient({ connection, clock, logger, userAgent: 'rackwright-load-balancer' });
    this.#client = lifetime.use(client);
    this.#events = lifetime.use(
      new EventRecorder({ client, clock, logger, component: 'service-controller', instance: 'testbed' }),
    );
    this.#services = new Informer({ client, clock, logger, type: resources.services });
    this.#controller = new Controller({
      ...{ name: 'load-balancer', client, clock, logger },
      sources: [{ informer: this.#services }],
      reconcile: (key) => this.#reconcile(key),
    });
  }

  /** Starts looking after the Services of a cluster. */
  static start(options: LoadBalancerOptions): LoadBalancer {
    const lifetime = new Lifetime({ logger: options.logger ?? silentLogger });
    const balancer = new LoadBalancer(options, lifetime);
    lifetime.spawn('services', (signal) => balancer.#services.start(signal));
    lifetime.spawn('load balancer', (signal) => balancer.#controller.start(signal));
    return balancer;
  }

  /** How Services that have no address are treated from now on. */
  behave(mode: LoadBalancerMode): void {
    this.#mode = mode;
    for (const service of this.#services.list()) this.#controller.enqueue(keyOf(service));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lifetime[Symbol.asyncDispose]();
  }

  async #reconcile(key: string): Promise<void> {
    const service = this.#services.get(key);
    if (service === undefined) {
      this.#given.delete(key);
      return;
    }
    const next = loadBalancerStep(service, this.#mode, this.#usedByOthers(key));
    if (next.step === 'release') await this.#release(key, service);
    if (next.step === 'assign') {
      await this.#assign(key, service, this.#given.get(key) ?? next.address);
    }
    if (next.step === 'refuse') {
      const message = `Error syncing load balancer: failed to ensure load balancer: ${next.message}`;
      const note = { type: 'Warning', reason: kubernetes.event.loadBalancerFailed, message } as const;
      this.#events.emit(regarding(service), note);
      throw new HwError('Unavailable', message);
    }
  }

  #usedByOthers(key: string): Set<string> {
    const shown = this.#services
      .list()
      .filter((service) => keyOf(service) !== key)
      .flatMap((service) => assignedAddress(service) ?? []);
    const given = [...this.#given].filter(([owner]) => owner !== key).map(([, address]) => address);
    return new Set([...shown, ...given]);
  }

  async #assign(key: string, service: Service, address: string): Promise<void> {
    this.#given.set(key, address);
    const { finalizers = [] } = service.metadata ?? {};
    if (!hasFinalizer(service)) {
      await this.#patch(service, {
        metadata: { finalizers: [...finalizers, kubernetes.finalizer.loadBalancer] },
      });
    }
    await this.#patch(
      service,
      { status: { loadBalancer: { ingress: [{ ip: address, ipMode: 'VIP' }] } } },
      'status',
    );
    this.#events.emit(regarding(service), {
      ...{ type: 'Normal', reason: kubernetes.event.loadBalancerEnsured, message: 'Ensured load balancer' },
    });
  }

  async #release(key: string, service: Service): Promise<void> {
    if (assignedAddress(service) !== undefined) {
      await this.#patch(service, { status: { loadBalancer: null } }, 'status');
    }
    const { finalizers = [] } = service.metadata ?? {};
    const others = finalizers.filter((name) => name !== kubernetes.finalizer.loadBalancer);
    if (hasFinalizer(service)) await this.#patch(service, { metadata: { finalizers: others } });
    this.#given.delete(key);
  }

  /** Nothing is written to a Service of the same name that came later, nor over finalizers of others. */
  async #patch(service: Service, change: Record<string, unknown>, subresource?: 'status'): Promise<void> {
    const { namespace = '', name = '', uid, resourceVersion } = service.metadata ?? {};
    const metadata = { ...(change.metadata as object | undefined), uid };
    const body = {
      ...change,
      metadata: change.metadata === undefined ? metadata : { ...metadata, resourceVersion },
    };
    const options = { strategy: 'merge' as const, ...(subresource === undefined ? {} : { subresource }) };
    await ignoreNotFound(this.#client.patch(resources.services, { namespace, name }, body, options));
  }
}

function regarding({ metadata }: Service): Regarding {
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  return { apiVersion: 'v1', kind: 'Service', name, namespace, uid };
}
