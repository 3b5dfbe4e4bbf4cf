import { aborted } from '@rackwright/core';
import { CxiScanner } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import {
  AssignmentTracker,
  DevicePluginServer,
  type HardwareProfile,
  namedByCdi,
  needsAssignments,
  PodResourcesClient,
  type PrometheusPluginMetrics,
  prometheusPluginMetrics,
} from '@rackwright/kubelet';
import {
  type ConfigOf,
  containerPath,
  HttpEndpoints,
  hostRoot,
  jsonReply,
  type ServiceContext,
  watchHost,
} from '@rackwright/service';
import { cxiCdiPublisher } from './cdi-publisher.ts';
import { addChecks } from './checks.ts';
import { cxiProfile } from './cxi-profile.ts';
import { Inventory } from './inventory.ts';
import { noun } from './model.ts';
import type { options } from './options.ts';
import { type Settings, settings } from './settings.ts';
import { type Status, status } from './status.ts';

type Context = ServiceContext<ConfigOf<typeof options>>;

/** What a caller may bring along. */
export interface StartOptions {
  /** Looks at the host's NICs; may be one that other modules of the process use too. Default: one of its own. */
  readonly scanner?: CxiScanner;
  /**
   * How long the first registration waits, where no other plugin is served, for
   * what is needed to allocate NICs. Default: as the server has it.
   */
  readonly obstacleWaitMs?: number;
}

/** Runs the device plugin until the lifetime ends; by then its sockets are gone. */
export async function start(context: Context, options: StartOptions = {}): Promise<void> {
  const { config, logger, lifetime } = context;
  const plan = settings(config);
  for (const notice of plan.notices) logger.warn(notice);
  const { scanner = createScanner(context, plan) } = options;
  const parts = createParts(context, plan, { ...options, scanner });
  const { inventory, tracker, cdi, server, endpoints } = parts;
  for (const part of [endpoints, ...(options.scanner ? [] : [scanner])])
    lifetime.spawn(part.name, (signal) => part.start(signal));
  // Wait for a complete scan: the first list the kubelet gets must not be empty or partial.
  await Promise.race([scanner.scanned.until((done) => done), aborted(lifetime.signal)]);
  if (lifetime.signal.aborted) return;
  inventory.refresh();
  await cdi?.update();
  for (const part of [inventory, tracker, ...(cdi ? [cdi] : []), server]) {
    lifetime.spawn(part.name, (signal) => part.start(signal));
  }
  await aborted(lifetime.signal);
}

function createScanner({ config, logger, clock, env }: Context, { fullScanMs }: Settings): CxiScanner {
  const files = new HostFiles(hostRoot(config.hostRoot, env));
  return new CxiScanner({ files, clock, logger, fullIntervalMs: fullScanMs });
}

/** Puts the parts together, from the host to the kubelet. */
function createParts(
  context: Context,
  plan: Settings,
  { scanner, obstacleWaitMs }: StartOptions & { readonly scanner: CxiScanner },
) {
  const { config, logger, clock, env, metrics: registry } = context;
  const { resources: plans, allocateMode: mode } = plan;
  const files = new HostFiles(hostRoot(config.hostRoot, env));
  const { requireRetryHandler, debounce: debounceMs, nodeRoot } = config;
  const inventory = new Inventory({ scanner, files, requireRetryHandler, debounceMs, clock, logger });
  const guarded = plans.filter((one) => needsAssignments(one, plans)).map(({ resource }) => resource);
  const tracker = createTracker(context, guarded);
  const metrics = prometheusPluginMetrics(registry, noun, () => ({ profiles, devices: nics.value }));
  const path = plan.cdiFile && containerPath(plan.cdiFile, env);
  const cdi = cxiCdiPublisher({ ...config, mode, path, files, inventory, metrics, clock, logger });
  const nics =
    cdi === undefined || mode === 'cdi-inline' ? inventory.nics : namedByCdi(inventory.nics, cdi, noun);
  const shared = { plans, devices: nics, tracker, allocateMode: mode, nodeRoot, logger, ...(cdi && { cdi }) };
  const profiles = plans.map((one) => cxiProfile({ ...shared, plan: one }));
  const known = guarded.length > 0 ? tracker.known : undefined;
  const server = createServer(context, profiles, { tracker, metrics, obstacleWaitMs });
  watchHost({ ...context, outdated: scanner.outdated });
  addChecks(context.health, {
    server,
    scanned: scanner.scanned,
    ...(cdi && { cdi }),
    ...(known && { assignments: known }),
  });
  const endpoints = createEndpoints(context, () =>
    status(nics.value, tracker.known.value.assignments, profiles),
  );
  return { inventory, tracker, cdi, server, endpoints };
}

function createEndpoints({ config, ...rest }: Context, state: () => Status): HttpEndpoints {
  return new HttpEndpoints({
    ...rest,
    port: config.healthPort,
    routes: { '/status': () => jsonReply(state()) },
  });
}

function createTracker(
  { config, clock, logger, env }: Context,
  resources: readonly string[],
): AssignmentTracker {
  const socket = containerPath(config.podResourcesSocket, env);
  const pods = new PodResourcesClient({ socket, clock });
  return new AssignmentTracker({ list: (signal) => pods.list(signal), resources, noun, clock, logger });
}

interface ServerParts {
  readonly tracker: AssignmentTracker;
  readonly metrics: PrometheusPluginMetrics;
  readonly obstacleWaitMs: number | undefined;
}

function createServer(
  { config, clock, logger, env }: Context,
  profiles: readonly HardwareProfile[],
  { tracker, metrics, obstacleWaitMs }: ServerParts,
): DevicePluginServer {
  return new DevicePluginServer({
    profiles,
    folder: containerPath(config.kubeletDir, env),
    clock,
    logger,
    ...(obstacleWaitMs !== undefined && { obstacleWaitMs }),
    metrics: {
      ...metrics,
      registered: (resource, success) => {
        if (success) tracker.markStale(resource);
        metrics.registered(resource, success);
      },
    },
  });
}
