import { hostname } from 'node:os';
import { customResourceDefinitions } from '@rackwright/api';
import type { Runnable } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { EventRecorder, KubeClient } from '@rackwright/kube';
import {
  type CheckResult,
  type ConfigOf,
  defineOptions,
  type ServiceContext,
  type ServiceSpec,
} from '@rackwright/service';
import { connect } from './connection.ts';
import { controllerMetrics } from './controller-metrics.ts';
import { CrdCheck } from './crds/crd-check.ts';
import { type CacheAndController, cxiDriverController } from './cxidriver/controller.ts';
import { healthServers, metricsServers } from './http/servers.ts';
import { lead, leaderElector } from './leadership.ts';
import { formerOptions, managerOptions } from './options.ts';
import { cxiSettings } from './settings.ts';

const options = defineOptions({ ...managerOptions, ...formerOptions });
type Context = ServiceContext<ConfigOf<typeof options>>;

/** The operator as a service. */
export function managerService(version: string): ServiceSpec<typeof options> {
  return {
    name: 'operator-manager',
    version,
    description:
      'Reconciles the hardware drivers of a cluster. Commands: verify, remove, leftovers, crds; without one it runs.',
    options,
    // Below the pod's grace period, so that a hanging part is told of before the kubelet kills.
    stopTimeoutMs: 8000,
    start: (context) => runManager(context, version),
  };
}

async function runManager(context: Context, version: string): Promise<void> {
  const { config, lifetime, clock, logger, env } = context;
  warnOfFormerOptions(context);
  const probes = healthServers(context);
  const connection = await connect(config.kubeconfig, env, clock);
  const client = lifetime.use(
    new KubeClient({ connection, clock, logger, userAgent: `operator-manager/${version}` }),
  );
  const elector = config.leaderElect ? leaderElector(context, client) : undefined;
  const writer = elector === undefined ? client : client.fenced(elector.fence);
  const reporter = { component: cxi.managedBy, instance: config.podName ?? hostname() };
  const events = lifetime.use(new EventRecorder({ client: writer, clock, logger, ...reporter }));
  const crds = new CrdCheck({ client, needed: customResourceDefinitions(), clock, logger });
  const parts = buildControllers(context, { client: writer, events, version, crds });
  const informers = parts.flatMap((part) => part.informers);
  for (const informer of informers) {
    context.health.addReadiness(informer.name, () => cacheReadiness(informer));
  }
  spawnAll(context, [...probes, ...(await metricsServers(context, client)), ...informers, crds]);
  const work = async (signal: AbortSignal): Promise<void> => {
    const led = parts.flatMap(({ controller, watchers }) => [controller, ...watchers]);
    await Promise.all(led.map((part) => part.start(signal)));
  };
  await (elector === undefined ? work(lifetime.signal) : lead(elector, events, lifetime.signal, work));
}

/** Ready while the cache follows the API server: decisions from an old one may be wrong. */
function cacheReadiness({ synced, failure }: CacheAndController['informers'][number]): CheckResult {
  if (failure.value !== undefined) return { ok: false, message: failure.value };
  return synced.value ? { ok: true } : { ok: false, message: 'the first list is not there yet' };
}

function spawnAll({ lifetime }: Context, parts: readonly Runnable[]): void {
  for (const part of parts) lifetime.spawn(part.name, (signal) => part.start(signal));
}

/** What the controllers share. */
interface Shared {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  readonly version: string;
  readonly crds: CrdCheck;
}

function buildControllers(context: Context, { client, events, version, crds }: Shared): CacheAndController[] {
  const { config, clock, logger } = context;
  const metrics = controllerMetrics(context.metrics);
  const builders = {
    cxidriver: () =>
      cxiDriverController({
        ...{ client, events, settings: cxiSettings(config, version), clock, logger, metrics },
        crdShortfall: crds.shortfall,
      }),
  };
  return [...new Set(config.controllers)].map((name) => builders[name]());
}

function warnOfFormerOptions({ config, logger }: Context): void {
  for (const [key, { flag }] of Object.entries(formerOptions)) {
    if (config[key as keyof typeof formerOptions] === undefined) continue;
    logger.warn('flag without effect: webhooks are served by admission-webhook', { flag: `--${flag}` });
  }
}
