import { aborted } from '@rackwright/core';
import { CxiScanner } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { DevicePluginServer, type DevicePluginServerOptions, PodResourcesClient } from '@rackwright/kubelet';
import {
  type ConfigOf,
  containerPath,
  HttpEndpoints,
  hostRoot,
  jsonReply,
  type ServiceContext,
  watchHost,
} from '@rackwright/service';
import { namedByCdi } from './cdi-gate.ts';
import { cdiPart } from './cdi-part.ts';
import { addChecks } from './checks.ts';
import { CustodyKeeper } from './custody-keeper.ts';
import { CxiProfile } from './cxi-profile.ts';
import { Inventory } from './inventory.ts';
import { needsCustody } from './offer.ts';
import type { options } from './options.ts';
import { type PluginMetrics, pluginMetrics } from './plugin-metrics.ts';
import { type Settings, settings } from './settings.ts';
import { type Status, status } from './status.ts';

type Context = ServiceContext<ConfigOf<typeof options>>;

/**
 * Runs the device plugin until the lifetime ends; by then its sockets are gone.
 *
 * @param patienceMs how long the first registration waits, where no other plugin
 *   is served, for what is needed to hand NICs out. Default: as the server has it
 */
export async function start(context: Context, patienceMs?: number): Promise<void> {
  const { config, logger, lifetime } = context;
  const plan = settings(config);
  for (const notice of plan.notices) logger.warn(notice);
  const parts = createParts(context, plan, patienceMs);
  const { scanner, inventory, custody, cdi, server, endpoints } = parts;
  for (const part of [endpoints, scanner]) lifetime.spawn(part.name, (signal) => part.start(signal));
  // The first list the kubelet gets is the whole one, not an empty one that grows, nor one of a host that cannot be read.
  await Promise.race([scanner.scanned.until((done) => done), aborted(lifetime.signal)]);
  if (lifetime.signal.aborted) return;
  inventory.refresh();
  await cdi?.update();
  for (const part of [inventory, custody, ...(cdi ? [cdi] : []), server]) {
    lifetime.spawn(part.name, (signal) => part.start(signal));
  }
  await aborted(lifetime.signal);
}

/** Puts the parts together, from the host to the kubelet. */
function createParts(context: Context, plan: Settings, patienceMs: number | undefined) {
  const { config, logger, clock, env, metrics } = context;
  const { resources: plans, allocateMode: mode } = plan;
  const files = new HostFiles(hostRoot(config.hostRoot, env));
  const scanner = new CxiScanner({ files, clock, logger, fullIntervalMs: plan.fullScanMs });
  const { requireRetryHandler, debounce: debounceMs, nodeRoot } = config;
  const inventory = new Inventory({ scanner, files, requireRetryHandler, debounceMs, clock, logger });
  const guarded = plans.filter((one) => needsCustody(one, plans)).map(({ resource }) => resource);
  const custody = createCustody(context, guarded);
  const counts = pluginMetrics(metrics, () => ({ profiles, nics: nics.value }));
  const path = plan.cdiFile && containerPath(plan.cdiFile, env);
  const cdi = cdiPart({ ...config, mode, path, files, inventory, metrics: counts, clock, logger });
  const nics = cdi === undefined || mode === 'cdi-inline' ? inventory.nics : namedByCdi(inventory.nics, cdi);
  const shared = { plans, nics, custody, allocateMode: mode, nodeRoot, logger };
  const profiles = plans.map((one) => new CxiProfile({ ...shared, plan: one, ...(cdi && { cdi }) }));
  const known = guarded.length > 0 ? custody.custody : undefined;
  const handover = patienceMs === undefined ? {} : { patienceMs };
  const server = createServer(context, profiles, custody, { observer: counts, ...handover });
  watchHost({ ...context, outdated: scanner.outdated });
  addChecks(context.health, {
    server,
    scanned: scanner.scanned,
    ...(cdi && { cdi }),
    ...(known && { custody: known }),
  });
  const endpoints = createEndpoints(context, () =>
    status(nics.value, custody.custody.value.holders, profiles),
  );
  return { scanner, inventory, custody, cdi, server, endpoints };
}

function createEndpoints({ config, ...rest }: Context, state: () => Status): HttpEndpoints {
  return new HttpEndpoints({
    ...rest,
    port: config.healthPort,
    routes: { '/status': () => jsonReply(state()) },
  });
}

function createCustody({ config, clock, logger, env }: Context, resources: readonly string[]): CustodyKeeper {
  const socket = containerPath(config.podResourcesSocket, env);
  const pods = new PodResourcesClient({ socket, clock });
  return new CustodyKeeper({ list: (signal) => pods.list(signal), resources, clock, logger });
}

function createServer(
  { config, clock, logger, env }: Context,
  profiles: readonly CxiProfile[],
  custody: CustodyKeeper,
  options: Pick<DevicePluginServerOptions, 'patienceMs'> & { readonly observer: PluginMetrics },
): DevicePluginServer {
  return new DevicePluginServer({
    profiles,
    folder: containerPath(config.kubeletDir, env),
    clock,
    logger,
    ...options,
    observer: {
      ...options.observer,
      registered: (resource, success) => {
        if (success) custody.doubt(resource);
        options.observer.registered(resource, success);
      },
    },
  });
}
