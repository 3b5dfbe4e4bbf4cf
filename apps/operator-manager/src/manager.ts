import { hostname } from 'node:os';
import { customResourceDefinitions } from '@rackwright/api';
import type { Runnable } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { EventRecorder, KubeClient } from '@rackwright/kube';
import { type ConfigOf, defineOptions, type ServiceContext, type ServiceSpec } from '@rackwright/service';
import { healthServers, metricsServers } from '@rackwright/web';
import { ownInstallation } from './claim/own-installation.ts';
import { connect } from './connection.ts';
import { controllerMetrics } from './controller-metrics.ts';
import { CrdCheck } from './crds/crd-check.ts';
import { type CacheAndController, cxiDriverController } from './cxidriver/controller.ts';
import { lead, leaderElector } from './leadership.ts';
import { formerOptions, managerOptions } from './options.ts';
import { addReadiness } from './readiness.ts';
import { cxiSettings } from './settings.ts';

const options = defineOptions({ ...managerOptions, ...formerOptions });
type Context = ServiceContext<ConfigOf<typeof options>>;
/** What goes on until its signal aborts. */
type Work = (signal: AbortSignal) => Promise<void>;

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
  const events = eventRecorder(context, writer);
  const crds = new CrdCheck({ client, needed: customResourceDefinitions(), clock, logger });
  const shared = { client: writer, events, notices: eventRecorder(context, client), version, crds };
  const parts = await buildControllers(context, shared);
  const informers = parts.flatMap((part) => part.informers);
  addReadiness(context.health, parts);
  const metrics = await metricsServers(context, client, certificateHost(config));
  spawnAll(context, [...probes, ...metrics, ...informers, ...parts.map((part) => part.exclusivity), crds]);
  const work: Work = async (signal) => {
    const led = parts.flatMap(({ controller, watchers }) => [controller, ...watchers]);
    await Promise.all(led.map((part) => part.start(signal)));
  };
  const leading: Work = elector === undefined ? work : (signal) => lead(elector, events, signal, work);
  const acting = parts.reduce<Work>(
    (next, { exclusivity }) =>
      (signal) =>
        exclusivity.whileActing(signal, next),
    leading,
  );
  await acting(lifetime.signal);
}

function spawnAll({ lifetime }: Context, parts: readonly Runnable[]): void {
  for (const part of parts) lifetime.spawn(part.name, (signal) => part.start(signal));
}

function eventRecorder({ config, clock, logger, lifetime }: Context, client: KubeClient): EventRecorder {
  const reporter = { component: cxi.managedBy, instance: config.podName ?? hostname() };
  return lifetime.use(new EventRecorder({ client, clock, logger, ...reporter }));
}

/** What the controllers share. */
interface Shared {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  /** What those tell that do not lead. */
  readonly notices: EventRecorder;
  readonly version: string;
  readonly crds: CrdCheck;
}

async function buildControllers(context: Context, shared: Shared): Promise<CacheAndController[]> {
  const { client, events, notices, version, crds } = shared;
  const { config, clock, logger, lifetime } = context;
  const metrics = controllerMetrics(context.metrics);
  const { namespace, serviceAccount: account } = config;
  const installation = await ownInstallation(client, { namespace, account }, lifetime.signal);
  const builders = {
    cxidriver: () =>
      cxiDriverController({
        ...{ client, installation, events, notices, clock, logger, metrics },
        settings: cxiSettings(config, version),
        crdShortfall: crds.shortfall,
      }),
  };
  return [...new Set(config.controllers)].map((name) => builders[name]());
}

/** The name in the certificate of secure metrics, when no other is given. */
function certificateHost({ podName, namespace }: Context['config']): string {
  return `${podName ?? 'operator-manager'}.${namespace}`;
}

function warnOfFormerOptions({ config, logger }: Context): void {
  for (const [key, { flag }] of Object.entries(formerOptions)) {
    if (config[key as keyof typeof formerOptions] === undefined) continue;
    logger.warn('flag without effect: webhooks are served by admission-webhook', { flag: `--${flag}` });
  }
}
