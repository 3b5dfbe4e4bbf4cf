import { aborted, type BoundedCalls, type Latest } from '@rackwright/core';
import type { DriveSelection } from '@rackwright/hardware-nvme';
import type { HostFiles } from '@rackwright/host';
import { ai100, rackwright } from '@rackwright/keys';
import { EventRecorder, hasToken, inClusterConnection, KubeClient } from '@rackwright/kube';
import {
  type CdiFilePublisher,
  DevicePluginServer,
  namedByCdi,
  PodResourcesClient,
  type PrometheusPluginMetrics,
  prometheusPluginMetrics,
} from '@rackwright/kubelet';
import { containerPath, HttpEndpoints, jsonReply, type ServiceContext, watchHost } from '@rackwright/service';
import { AgentLoop } from './agent-loop.ts';
import { CacheCounters, registerAgentMetrics } from './agent-metrics.ts';
import type { CacheKeeper, CachePermission, CacheRecovery } from './cache/index.ts';
import { CacheTurn } from './cache-turn.ts';
import { volumesOfCache } from './cache-volumes.ts';
import { addChecks } from './checks.ts';
import { createCache } from './create-cache.ts';
import { createHealth } from './create-health.ts';
import { createRecovery } from './create-recovery.ts';
import { QuarantineRelease } from './health/quarantine-release.ts';
import { type HostAccess, hostAccess } from './host-access.ts';
import { requireMounted, requireProjectQuota } from './mounted.ts';
import { type NodePermission, NodeReport } from './node-report.ts';
import type { AgentConfig } from './options/index.ts';
import type { Recovery } from './recovery/recovery.ts';
import { type Reloads, runWithReloads } from './reloads.ts';
import { type Settings, settings } from './settings.ts';
import { status } from './status.ts';
import { Teller } from './teller.ts';
import { allocateResponse, lowestUnit, shareOfVolume, volumesOf } from './units/allocate-response.ts';
import { unitCdiPublisher } from './units/cdi.ts';
import { renewUnitFolder } from './units/unit-folder.ts';
import { UnitProfile } from './units/unit-profile.ts';
import { UnitQuota } from './units/unit-quota.ts';
import { noun } from './units/units.ts';
import type { CacheVolume } from './units/volume.ts';

type Context = ServiceContext<AgentConfig>;

/** Runs the plugin until the lifetime ends; volumes stay mounted, its socket is gone by then. */
export function start(context: Context, reloads: Reloads, calls: BoundedCalls): Promise<void> {
  return runWithReloads(context, reloads, (own, rescans) => run(own, rescans, calls));
}

async function run(context: Context, rescans: Latest<number>, calls: BoundedCalls): Promise<void> {
  const { config, logger, lifetime } = context;
  const plan = settings(config);
  for (const notice of plan.notices) logger.warn(notice);
  const { host, keeper, loop } = createAgent(context, plan, calls);
  lifetime.use(rescans.subscribe(() => loop.wake()));
  const metrics = prometheusPluginMetrics(context.metrics, noun, () => ({
    profiles: [profile],
    devices: loop.units.value,
  }));
  const cdi = createCdi(context, plan, { loop, metrics });
  const profile = createProfile(context, plan, { host, loop, ...(cdi && { cdi }) });
  const server = createServer(context, profile, metrics);
  addChecks(context.health, {
    ...{ server, looked: loop.looked },
    hasUnits: () => loop.units.value.length > 0,
  });
  watchHost({ ...context, outdated: loop.outdated });
  const endpoints = new HttpEndpoints({
    ...context,
    port: config.healthPort,
    routes: { '/status': () => jsonReply(status(loop.view.value, keeper.state.value)) },
  });
  for (const part of [endpoints, loop]) lifetime.spawn(part.name, (signal) => part.start(signal));
  // The first list the kubelet gets says the truth: before the first whole look nothing is registered.
  await Promise.race([loop.units.until((units) => units.length > 0), aborted(lifetime.signal)]);
  if (lifetime.signal.aborted) return;
  await cdi?.update();
  for (const part of [...(cdi ? [cdi] : []), server])
    lifetime.spawn(part.name, (signal) => part.start(signal));
  await aborted(lifetime.signal);
}

/** What the cache is looked after with. */
interface CacheInput {
  readonly drives: readonly DriveSelection[];
  readonly permission: CachePermission;
}

/** What looks at the node, and what it tells of every look. */
function createAgent(
  context: Context,
  plan: Settings,
  calls: BoundedCalls,
): { readonly host: HostAccess; readonly keeper: CacheKeeper; readonly loop: AgentLoop } {
  const { config, logger, clock, env, metrics, lifetime } = context;
  const host = hostAccess(config, env, { clock, calls });
  const keeper = createCache(config, plan, host, {
    ...{ clock, logger },
    recovers: (one: CacheRecovery) => recovery.tellOfCache(one),
    rebuildPermit: (signal) => recovery.rebuildPermit(signal),
  });
  const drives = createHealth(config, host, { clock, logger });
  const report = createReport(context);
  const pods = new PodResourcesClient({ socket: containerPath(config.podResourcesSocket, env), clock });
  const recovery: Recovery = createRecovery(context, host, drives, {
    ended: () => loop.wake(),
    tell: (note) => report?.emit(note),
  });
  const teller = new Teller({
    ...{ context, host, keeper, drives, recovery, pods, notices: plan.notices },
    ...(report && { report }),
  });
  const release = new QuarantineRelease(drives);
  const counters = new CacheCounters(metrics);
  lifetime.use(keeper.state.subscribe((state) => counters.count(state)));
  registerAgentMetrics(metrics, () => ({
    drives: drives.drives.value,
    transitions: drives.transitions,
    cache: keeper.state.value,
    units: loop.units.value,
    allocated: teller.allocated,
    lookedAtMs: loop.lookedAt.value,
  }));
  let given: CacheInput = { drives: [], permission: { maintenance: true, allowInit: [] } };
  const turn = new CacheTurn({
    reconcile: (signal) => keeper.reconcile(given.drives, given.permission, signal),
    newest: () => keeper.state.value,
    ended: () => loop.wake(),
    clock,
  });
  let permission: NodePermission = { maintenance: false, allowInit: [], clearQuarantine: [] };
  const loop: AgentLoop = new AgentLoop({
    ...{ files: host.files, settings: plan, clock, logger },
    replicasPerDevice: config.replicasPerDevice,
    intervalMs: Math.min(config.discoveryInterval, config.healthPoll),
    cache: async (found, signal) => {
      permission = (await report?.permission(signal)) ?? permission;
      const held = await teller.held(signal);
      const allocated = held === undefined ? {} : { allocatedUnits: held.length };
      given = { drives: found, permission: { ...permission, ...allocated } };
      return volumesOfCache(await turn.take(signal));
    },
    health: async (found, volumes, signal) => {
      const verdicts = await drives.look(found, volumes, signal);
      await release.look(permission.clearQuarantine);
      await recovery.look(volumes, signal);
      return verdicts;
    },
    tell: (view, signal) => teller.tell(view, signal),
  });
  return { host, keeper, loop };
}

/** The API server's side of the node; none for an agent that was given no name or no rights. */
function createReport(context: Context): NodeReport | undefined {
  const { config, clock, logger, env, lifetime, version } = context;
  const node = config.nodeName;
  const containerRoot = env[rackwright.env.sandboxRoot] ?? '';
  if (node === undefined || !hasToken(env, containerRoot)) return undefined;
  const client = lifetime.use(
    new KubeClient({
      connection: inClusterConnection({ env, containerRoot, clock }),
      ...{ clock, logger, userAgent: `rackwright-ai100-device-plugin/${version}` },
    }),
  );
  const recorder = lifetime.use(
    new EventRecorder({
      ...{ client, clock, logger },
      ...{ component: ai100.component.devicePlugin, instance: node },
    }),
  );
  return new NodeReport({ node, client, recorder, clock, logger });
}

function createCdi(
  { config, clock, logger, env }: Context,
  { podPath }: Settings,
  { loop, metrics }: { readonly loop: AgentLoop; readonly metrics: PrometheusPluginMetrics },
): CdiFilePublisher | undefined {
  if (config.injection !== 'CDI') return undefined;
  const { isolation, nodeRoot, cdiDir } = config;
  const options = { isolation, podPath, nodeRoot };
  return unitCdiPublisher(containerPath(cdiDir, env), options, { units: loop.units, metrics, clock, logger });
}

interface Parts {
  readonly host: HostAccess;
  readonly loop: AgentLoop;
  readonly cdi?: CdiFilePublisher;
}

function createProfile(
  { config, logger }: Context,
  { podPath }: Settings,
  { host: { files, root, calls, tools }, loop, cdi }: Parts,
): UnitProfile {
  const { cacheLayout: layout, nodeRoot, isolation, injection, resourceName: resource } = config;
  const how = { layout, podPath, nodeRoot, isolation, injection };
  const quota = new UnitQuota(tools);
  return new UnitProfile({
    ...{ resource, logger },
    units: cdi === undefined ? loop.units : namedByCdi(loop.units, cdi, noun),
    requireMounted: (volume) => requireMountedOrLook(files, loop, volume),
    respond: async (mine, signal) => {
      for (const volume of isolation === 'None' ? [] : volumesOf(mine)) {
        const unit = lowestUnit(mine, volume);
        if (isolation === 'DirectoryQuota') requireProjectQuota(files, volume);
        await renewUnitFolder({ root, calls }, volume, unit);
        if (isolation === 'DirectoryQuota')
          await quota.limit(volume, unit, shareOfVolume(mine, volume, loop.units.value), signal);
      }
      const nodes = config.passBlockDevices ? nodesOf(loop.view.value.drives) : new Map<string, string[]>();
      return allocateResponse(mine, { ...how, nodes, units: loop.units.value });
    },
  });
}

/** Names in /dev of each drive, by its serial number: of the controller and of its disk. */
function nodesOf(drives: readonly DriveSelection[]): Map<string, string[]> {
  return new Map(
    drives.map(({ controller: { name, serial = '' }, namespace }) => [
      serial,
      [name, ...(namespace === undefined ? [] : [namespace.name])],
    ]),
  );
}

/** Who finds the cache gone has the others told: a refused pod is not tried again, the next one shall not come. */
function requireMountedOrLook(files: HostFiles, loop: AgentLoop, volume: CacheVolume): void {
  try {
    requireMounted(files, volume);
  } catch (error) {
    loop.wake();
    throw error;
  }
}

function createServer(
  { config, clock, logger, env }: Context,
  profile: UnitProfile,
  metrics: PrometheusPluginMetrics,
): DevicePluginServer {
  return new DevicePluginServer({
    profiles: [profile],
    folder: containerPath(config.kubeletDir, env),
    ...{ clock, logger, metrics },
  });
}
