import { aborted } from '@rackwright/core';
import { CxiScanner } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import { EventRecorder, inClusterConnection, KubeClient } from '@rackwright/kube';
import { HttpEndpoints, hostRoot, jsonReply, type ServiceContext, watchHost } from '@rackwright/service';
import { AgentMetrics } from './metrics.ts';
import type { DeviceView } from './model.ts';
import { NodeHost } from './node-host.ts';
import { type DriverAgentConfig, unusedOptions } from './options.ts';
import { DeviceWatch } from './out-of-service/device-watch.ts';
import { Executor } from './publish/executor.ts';
import { ObservedState } from './publish/observed-state.ts';
import { Publisher } from './publish/publisher.ts';
import { driverReadiness, publicationReadiness, publisherLiveness } from './readiness.ts';
import { statusPage } from './status-page.ts';
import { deviceViews } from './views.ts';

export type AgentContext = ServiceContext<DriverAgentConfig>;

/** Nobody waits for a CXIDevice as the kubelet waits for its plugin: a second is soon enough. */
const probeIntervalMs = 250;

/** The driver-agent of one node. */
export class DriverAgent {
  #host: NodeHost | undefined;

  /** Reads of retry handler statistics that never came back; each keeps a thread in the kernel. */
  get stuckReads(): number {
    return this.#host?.stats.stuck ?? 0;
  }

  /** Runs until the lifetime ends. */
  async run(context: AgentContext): Promise<void> {
    const { config, logger, clock, env, lifetime, metrics } = context;
    const ignored = unusedOptions.filter((key) => config[key] !== undefined);
    if (ignored.length > 0) logger.warn('options that mean nothing yet', { ignored });
    const files = new HostFiles(hostRoot(config.hostRoot, env));
    const pollIntervalMs = config.pollInterval;
    const scanner = new CxiScanner({ files, clock, logger, probeIntervalMs, fullIntervalMs: pollIntervalMs });
    const { driverSource, requireRetryHandler, debounce: debounceMs } = config;
    const rules = { driverSource, requireRetryHandler, debounceMs, pollIntervalMs };
    const host = new NodeHost({ files, scanner, clock, logger, ...rules });
    this.#host = host;
    const views = (): readonly DeviceView[] => deviceViews(host.snapshot());
    const counters = new AgentMetrics(metrics, {
      driverReady: () => host.driver?.ready === true,
      views,
      outOfService: () => host.outOfService.devices.value.size,
    });
    const client = createClient(context);
    const publisher = createPublisher(context, host, counters, client);
    const wishes = new DeviceWatch({
      ...{ client, node: config.nodeName, clock, logger },
      changed: (names) => host.outOfService.set(names),
    });
    serve(context, { host, publisher, views });
    watchHost({ ...context, outdated: host.scanner.outdated });
    await host.look(lifetime.signal);
    if (lifetime.signal.aborted) return;
    for (const part of [scanner, ...host.parts, publisher, wishes]) {
      lifetime.spawn(part.name, (signal) => part.start(signal));
    }
    await aborted(lifetime.signal);
  }
}

function createClient({ logger, clock, env, lifetime, version }: AgentContext): KubeClient {
  const containerRoot = env[rackwright.env.sandboxRoot] ?? '';
  return lifetime.use(
    new KubeClient({
      connection: inClusterConnection({ env, containerRoot, clock }),
      ...{ clock, logger },
      userAgent: `rackwright-driver-agent/${version}`,
      // Thousands of agents ask at once when an API server was away.
      probeIntervalMs: 4_000,
    }),
  );
}

function createPublisher(
  context: AgentContext,
  host: NodeHost,
  counters: AgentMetrics,
  client: KubeClient,
): Publisher {
  const { config, logger, clock, lifetime } = context;
  const reporter = { component: 'driver-agent', instance: config.nodeName };
  const recorder = lifetime.use(new EventRecorder({ client, clock, logger, ...reporter }));
  const observedState = new ObservedState(client, config.nodeName);
  const publisher = new Publisher({
    node: config.nodeName,
    snapshot: () => host.snapshot(),
    policy: {
      switchIdMask: config.switchIdMask,
      heartbeatMs: config.heartbeatInterval,
      forgetAfterMs: config.forgetAfter,
    },
    observedState,
    executor: new Executor({ client, observedState, recorder, node: config.nodeName }),
    reachability: client.reachability,
    ...{ clock, logger },
    pollIntervalMs: config.pollInterval,
    onWrite: (kind) => counters.wrote(kind),
  });
  lifetime.use(host.onChange(() => publisher.wake()));
  lifetime.use(publisher.outcome.subscribe((outcome) => outcome && counters.published(outcome, clock.now())));
  return publisher;
}

interface ServedParts {
  readonly host: NodeHost;
  readonly publisher: Publisher;
  readonly views: () => readonly DeviceView[];
}

/** The HTTP endpoints are up before the first look at the host, which may take a moment. */
function serve(context: AgentContext, { host, publisher, views }: ServedParts): void {
  const { config, health, lifetime, clock, logger, env, metrics } = context;
  const startedAt = clock.monotonic();
  health.addReadiness('driver', () => driverReadiness(host.driver));
  health.addReadiness('api', () => publicationReadiness(publisher.outcome.value, clock.monotonic()));
  const { failure } = host.outOfService;
  health.addReadiness('out-of-service', () =>
    failure.value === undefined ? { ok: true } : { ok: false, message: failure.value },
  );
  health.addLiveness('publisher', () =>
    publisherLiveness(publisher.outcome.value, startedAt, clock.monotonic(), config.pollInterval),
  );
  const status = (): Record<string, unknown> =>
    statusPage({
      node: config.nodeName,
      driver: host.driver,
      driverVersion: config.driverVersion,
      publishError: publisher.outcome.value?.message,
      views: views(),
    });
  const routes = { '/status': () => jsonReply(status()) };
  const http = new HttpEndpoints({
    port: config.healthPort,
    ...{ health, metrics, routes, logger, clock, env },
  });
  lifetime.spawn(http.name, (signal) => http.start(signal));
}
