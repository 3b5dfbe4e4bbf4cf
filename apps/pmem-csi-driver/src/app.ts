import { aborted, errorMessage } from '@rackwright/core';
import { CsiServer } from '@rackwright/csi';
import { type ConfigOf, containerPath, type ServiceContext } from '@rackwright/service';
import { controller } from './csi/controller.ts';
import { identity } from './csi/identity.ts';
import { node, withNode } from './csi/node.ts';
import { type Devices, openDevices } from './devices/open-devices.ts';
import { DriverMetrics } from './metrics.ts';
import type { options } from './options/options.ts';
import { startRescheduler } from './rescheduler/start.ts';
import { serveMetrics } from './serve-metrics.ts';
import { StateFolder } from './state/state-folder.ts';
import { NodeTopology } from './volumes/topology.ts';
import { Volumes } from './volumes/volumes.ts';

/** What the driver was started with. */
export type DriverContext = ServiceContext<ConfigOf<typeof options>>;

/** Does what the mode says until the lifetime ends. */
export function start(context: DriverContext): Promise<void> {
  return context.config.mode === 'webhooks' ? startRescheduler(context) : serveNode(context);
}

/**
 * Serves CSI on a node until the lifetime ends. The socket appears once the
 * volumes that are there are known; metrics, by which probes ask, at once.
 */
async function serveNode(context: DriverContext): Promise<void> {
  const { config, logger, clock, lifetime, env, version, metrics: registry } = context;
  const { driverName: driver, nodeId } = config;
  const { signal } = lifetime;
  let server: CsiServer | undefined;
  context.health.addReadiness('csi', () =>
    server?.listening.value === true ? { ok: true } : { ok: false, message: 'the socket is not served yet' },
  );
  const path = containerPath(config.statePath || `/var/lib/${driver}`, env);
  const state = await StateFolder.open(path);
  const devices = await openDevices(context, state.path);
  const volumes = new Volumes({ state, devices: devices.managers, clock, logger, signal });
  const metrics = new DriverMetrics({
    ...{ registry, driver, node: nodeId, version },
    capacity: async () => (await devices.managers.current).capacity(signal),
  });
  serveMetrics(context, metrics.simple);
  const csi = createServer(context, { devices, volumes, observe: metrics.observe });
  server = csi;
  await volumes.load();
  context.health.addLiveness('own-socket', async () => {
    await csi.probe();
    return { ok: true };
  });
  lifetime.spawn(csi.name, (own) => csi.start(own));
  await aborted(signal);
}

interface ServerParts {
  readonly devices: Devices;
  readonly volumes: Volumes;
  readonly observe: DriverMetrics['observe'];
}

function createServer(context: DriverContext, { devices, volumes, observe }: ServerParts): CsiServer {
  const { config, logger, clock, lifetime, env, version } = context;
  const { driverName: driver, nodeId } = config;
  const topology = new NodeTopology(driver, nodeId);
  const { managers } = devices;
  const access = devices.access(volumes);
  const { signal } = lifetime;
  const obstacle = async (): Promise<string | undefined> => {
    const manager = await managers.current;
    return manager.capacity(signal).then(() => undefined, errorMessage);
  };
  const parts = { node: nodeId, volumes, topology, access, mode: managers.mode };
  return new CsiServer({
    endpoint: `unix://${containerPath(config.endpoint.replace(/^unix:\/\//, ''), env)}`,
    ...{ clock, logger, observe },
    identity: identity({ driver, version, obstacle }),
    controller: withNode(nodeId, controller({ volumes, devices: managers, topology, signal })),
    node: withNode(nodeId, node(parts)),
  });
}
