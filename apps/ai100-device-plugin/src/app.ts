import { aborted } from '@rackwright/core';
import type { HostFiles } from '@rackwright/host';
import { DevicePluginServer, prometheusPluginMetrics } from '@rackwright/kubelet';
import { containerPath, HttpEndpoints, jsonReply, type ServiceContext, watchHost } from '@rackwright/service';
import { AgentLoop } from './agent-loop.ts';
import { volumesOfCache } from './cache-volumes.ts';
import { addChecks } from './checks.ts';
import { createCache } from './create-cache.ts';
import { createHealth } from './create-health.ts';
import { hostAccess } from './host-access.ts';
import { requireMounted } from './mounted.ts';
import type { AgentConfig } from './options/index.ts';
import { type Settings, settings } from './settings.ts';
import { status } from './status.ts';
import { allocateResponse } from './units/allocate-response.ts';
import { UnitProfile } from './units/unit-profile.ts';
import { noun } from './units/units.ts';
import type { CacheVolume } from './units/volume.ts';

type Context = ServiceContext<AgentConfig>;

/** Runs the plugin until the lifetime ends; volumes stay mounted, its socket is gone by then. */
export async function start(context: Context): Promise<void> {
  const { config, logger, lifetime, clock, env } = context;
  const plan = settings(config);
  for (const notice of plan.notices) logger.warn(notice);
  const host = hostAccess(config, env, clock);
  const { files } = host;
  const keeper = createCache(config, plan, host, { clock, logger });
  const tracker = createHealth(config, host, { clock, logger });
  const loop = new AgentLoop({
    ...{ files, settings: plan, clock, logger },
    replicasPerDevice: config.replicasPerDevice,
    intervalMs: Math.min(config.discoveryInterval, config.healthPoll),
    cache: async (drives, signal) =>
      volumesOfCache(await keeper.reconcile(drives, { maintenance: false, allowInit: [] }, signal)),
    health: (drives, volumes, signal) => tracker.look(drives, volumes, signal),
  });
  const profile = createProfile(context, plan, { files, loop });
  const server = createServer(context, profile, loop);
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
  lifetime.spawn(server.name, (signal) => server.start(signal));
  await aborted(lifetime.signal);
}

interface Parts {
  readonly files: HostFiles;
  readonly loop: AgentLoop;
}

function createProfile(
  { config, logger }: Context,
  { podPath }: Settings,
  { files, loop }: Parts,
): UnitProfile {
  const { cacheLayout: layout, nodeRoot, resourceName: resource } = config;
  return new UnitProfile({
    ...{ resource, logger, units: loop.units },
    requireMounted: (volume) => requireMountedOrLook(files, loop, volume),
    respond: (mine) => allocateResponse(mine, { layout, podPath, nodeRoot, units: loop.units.value }),
  });
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
  { config, clock, logger, env, metrics }: Context,
  profile: UnitProfile,
  loop: AgentLoop,
): DevicePluginServer {
  return new DevicePluginServer({
    profiles: [profile],
    folder: containerPath(config.kubeletDir, env),
    ...{ clock, logger },
    metrics: prometheusPluginMetrics(metrics, noun, () => ({
      profiles: [profile],
      devices: loop.units.value,
    })),
  });
}
