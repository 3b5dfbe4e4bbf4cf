import { aborted, HwError, Latest } from '@rackwright/core';
import { HostFiles, type ReadFailure } from '@rackwright/host';
import { discovery, rackwright } from '@rackwright/keys';
import { EventRecorder, inClusterConnection, KubeClient } from '@rackwright/kube';
import { HttpEndpoints, hostRoot, jsonReply, type ServiceContext, watchHost } from '@rackwright/service';
import { readHost } from './host/snapshot.ts';
import { type Discovered, discover } from './labels/discover.ts';
import { DiscoveryMetrics } from './metrics.ts';
import type { ObservedNode } from './node/observed-node.ts';
import { type DiscoveryConfig, rulesOf } from './options.ts';
import { pruneAll } from './prune.ts';
import { NodeFeatureStore } from './publish/node-feature.ts';
import { Publisher, type PublisherOptions } from './publish/publisher.ts';
import { publicationReadiness, publisherLiveness } from './readiness.ts';

export type DiscoveryContext = ServiceContext<DiscoveryConfig>;

/** Takes the labels away from every Node, or labels that of this host until the lifetime ends. */
export async function runDiscovery(context: DiscoveryContext): Promise<void> {
  const client = createClient(context);
  if (context.config.pruneAll) await runPrune(context, client);
  else await runAgent(context, client);
}

async function runPrune(context: DiscoveryContext, client: KubeClient): Promise<void> {
  const { config, clock, logger, lifetime } = context;
  const { namespace, pruneAfterPods: labelSelector, pruneTimeout: timeoutMs } = config;
  const { signal } = lifetime;
  const after = labelSelector === undefined ? {} : { after: { namespace, labelSelector } };
  await pruneAll({ client, clock, logger, signal, timeoutMs, ...after });
}

/** The labels stay when it ends. */
async function runAgent(context: DiscoveryContext, client: KubeClient): Promise<void> {
  const { config, clock, logger, lifetime, metrics } = context;
  const node = nodeName(config);
  const recorder = lifetime.use(
    new EventRecorder({ client, clock, logger, component: 'node-discovery', instance: node }),
  );
  const host = new HostLook(context);
  const publisher: Publisher = new Publisher({
    node,
    ...{ client, clock, logger },
    reachability: client.reachability,
    intervalMs: config.interval,
    tellsResources: config.pmemResource,
    ...nodeFeatureOf(config, client),
    look: () => host.look((found) => counters.looked(found)),
    onWrite: () => counters.wrote(),
    onConflict: (key, observed) => recorder.emit(nodeReference(node, observed), conflictEvent(key, observed)),
  });
  const counters = new DiscoveryMetrics(metrics, () => publisher.published.value);
  lifetime.use(publisher.outcome.subscribe((outcome) => outcome && counters.published(outcome, clock.now())));
  serve(context, publisher);
  watchHost({ ...context, outdated: host.outdated });
  lifetime.spawn(publisher.name, (signal) => publisher.start(signal));
  await aborted(lifetime.signal);
}

function nodeFeatureOf(config: DiscoveryConfig, client: KubeClient): Pick<PublisherOptions, 'nodeFeature'> {
  const { mode, namespace, podName } = config;
  if (mode === 'Labels' && namespace === '') return {};
  if (namespace === '') throw missing('--namespace');
  if (mode !== 'Labels' && podName === '') throw missing('--pod-name');
  const store = new NodeFeatureStore(client, nodeName(config), { namespace, name: podName });
  return { nodeFeature: { store, mode } };
}

function missing(flag: string): HwError {
  return new HwError('InvalidArgument', `${flag} is missing`, { field: flag });
}

function nodeName({ nodeName: name }: DiscoveryConfig): string {
  if (name !== undefined) return name;
  throw missing('--node-name');
}

function createClient({ logger, clock, env, lifetime, version }: DiscoveryContext): KubeClient {
  const containerRoot = env[rackwright.env.sandboxRoot] ?? '';
  return lifetime.use(
    new KubeClient({
      connection: inClusterConnection({ env, containerRoot, clock }),
      ...{ clock, logger },
      userAgent: `rackwright-node-discovery/${version}`,
      // Thousands of agents ask at once when an API server was away.
      probeIntervalMs: 4_000,
    }),
  );
}

/** Looks at the host, and keeps what could not be read. */
class HostLook {
  readonly outdated = new Latest<readonly ReadFailure[]>([]);
  readonly #files: HostFiles;
  readonly #rules: ReturnType<typeof rulesOf>;

  constructor({ config, env }: DiscoveryContext) {
    this.#files = new HostFiles(hostRoot(config.hostRoot, env));
    this.#rules = rulesOf(config);
  }

  look(told: (found: Discovered) => void): Discovered {
    const found = discover(readHost(this.#files), this.#rules);
    const failures = Object.values(found.parts).flatMap(({ unread }) => unread);
    this.outdated.set([...new Map(failures.map((failure) => [failure.path, failure])).values()]);
    told(found);
    return found;
  }
}

function nodeReference(name: string, { uid }: ObservedNode): Parameters<EventRecorder['emit']>[0] {
  return { apiVersion: 'v1', kind: 'Node', name, uid };
}

function conflictEvent(key: string, { labels }: ObservedNode): Parameters<EventRecorder['emit']>[1] {
  const { labelConflict } = discovery.event;
  const message = `somebody else gave the label ${key} the value ${JSON.stringify(labels[key] ?? '')}; it is left so`;
  return { type: 'Warning', reason: labelConflict, message };
}

function serve(context: DiscoveryContext, publisher: Publisher): void {
  const { config, health, lifetime, clock, logger, env, metrics } = context;
  const startedAt = clock.monotonic();
  const { outcome, published } = publisher;
  health.addReadiness('api', () => publicationReadiness(outcome.value, clock.monotonic()));
  health.addLiveness('publisher', () =>
    publisherLiveness(outcome.value, startedAt, clock.monotonic(), config.interval),
  );
  const status = (): object => ({
    node: config.nodeName,
    ...(outcome.value?.ok === false && { lastError: outcome.value.message }),
    labels: published.value.labels,
    withheld: published.value.conflicts,
  });
  const http = new HttpEndpoints({
    port: config.healthPort,
    ...{ health, metrics, logger, clock, env },
    routes: { '/status': () => jsonReply(status()) },
  });
  lifetime.spawn(http.name, (signal) => http.start(signal));
}
