import { hostname } from 'node:os';
import type { Runnable } from '@rackwright/core';
import { EventRecorder, KubeClient } from '@rackwright/kube';
import type { ServiceContext } from '@rackwright/service';
import { anyActive, type Work, whileActing } from './active-state.ts';
import { connect } from './connection.ts';
import { controllerMetrics } from './controller-metrics.ts';
import { crdsOf } from './controller-options.ts';
import type {
  ControllerContext,
  ControllerParts,
  ControllerRegistration,
  ServingParts,
} from './controller-parts.ts';
import { CrdCheck } from './crd-check.ts';
import { lead, leaderElector } from './leadership.ts';
import type { ManagerConfig } from './options.ts';
import { addReadiness } from './readiness.ts';
import { SharedInformers } from './shared-informers.ts';

/** What makes one app of controllers differ from another. */
export interface ManagerSpec<C extends ManagerConfig> {
  /** Name of the app. */
  readonly name: string;
  /** Who events are reported by. */
  readonly reporter: string;
  /** Name of the Lease the replicas compete for. */
  readonly lease: string;
  /** Every controller by the name `--controllers` picks it with. */
  readonly controllers: Readonly<Record<string, ControllerRegistration<C>>>;
  /** The servers of probes and metrics. */
  readonly servers: (context: ServiceContext<C>, client: KubeClient) => Promise<readonly Runnable[]>;
}

/**
 * Runs the controllers that `--controllers` picks until the app's lifetime ends.
 * Caches, probes and metrics run on every replica; controllers on the one that
 * leads, and only while their installation may act.
 *
 * @throws HwError FailedPrecondition outside of a cluster, InvalidArgument for options that do not fit
 */
export async function runManager<C extends ManagerConfig>(
  context: ServiceContext<C>,
  spec: ManagerSpec<C>,
): Promise<void> {
  const { config, lifetime, clock, logger, env, version } = context;
  const connection = await connect(config.kubeconfig, env, clock);
  const client = lifetime.use(
    new KubeClient({ connection, clock, logger, userAgent: `${spec.name}/${version}` }),
  );
  const elector = config.leaderElect ? leaderElector(context, client, spec.lease) : undefined;
  const writer = elector === undefined ? client : client.fenced(elector.fence);
  const events = eventRecorder(context, writer, spec.reporter);
  const notices = eventRecorder(context, client, spec.reporter);
  const names = [...new Set(config.controllers)];
  const picked = names.flatMap((name) => spec.controllers[name] ?? []);
  const needed = crdsOf(spec.controllers, names);
  const crds = new CrdCheck({ client, needed, clock, logger });
  const metrics = controllerMetrics(context.metrics);
  const { watchNamespaces: namespaces } = config;
  const informers = new SharedInformers({ client: writer, clock, logger, metrics, namespaces });
  const parts = await buildAll(picked, {
    ...{ config, version, client: writer, informers, events, notices, metrics, clock, logger },
    crdShortfall: crds.shortfall,
    signal: lifetime.signal,
  });
  const caches = informers.open();
  addReadiness(context.health, caches, parts);
  const own = parts.flatMap((one) => one.servers?.(context, client) ?? []);
  const servers = [...(await spec.servers(context, client)), ...own];
  const always = parts.flatMap((part) => part.always ?? []);
  for (const part of [...servers, ...caches, ...always, crds])
    lifetime.spawn(part.name, (signal) => part.start(signal));
  const work: Work = (signal) => runParts(parts, signal);
  const leading: Work = elector === undefined ? work : (signal) => lead(elector, events, signal, work);
  await whileAnyActs(parts, lifetime.signal, leading);
}

async function buildAll<C>(
  picked: readonly ControllerRegistration<C>[],
  context: ControllerContext<C>,
): Promise<ServingParts[]> {
  const parts: ServingParts[] = [];
  for (const { build } of picked) parts.push(await build(context));
  return parts;
}

/** A replica that may act for none of its controllers does not compete for the lead: it only reads. */
async function whileAnyActs(
  parts: readonly ControllerParts[],
  signal: AbortSignal,
  work: Work,
): Promise<void> {
  const activeStates = parts.flatMap(({ activeState }) => activeState?.value ?? []);
  if (activeStates.length < parts.length) await work(signal);
  else await whileActing(anyActive(activeStates), signal, work);
}

async function runParts(parts: readonly ControllerParts[], signal: AbortSignal): Promise<void> {
  await Promise.all(
    parts.map(({ led, activeState }) => {
      const work: Work = async (end) => {
        await Promise.all(led.map((part) => part.start(end)));
      };
      return activeState === undefined ? work(signal) : whileActing(activeState.value, signal, work);
    }),
  );
}

function eventRecorder<C extends ManagerConfig>(
  { config, clock, logger, lifetime }: ServiceContext<C>,
  client: KubeClient,
  component: string,
): EventRecorder {
  const instance = config.podName ?? hostname();
  return lifetime.use(new EventRecorder({ client, clock, logger, component, instance }));
}
