import { aborted, errorMessage } from '@rackwright/core';
import { type ControllerMethods, CsiServer, type IdentityMethods, type NodeMethods } from '@rackwright/csi';
import type { ProcessRunner } from '@rackwright/host';
import { type ConfigOf, containerPath, type ServiceContext } from '@rackwright/service';
import { startConversion } from './conversion/start.ts';
import { controller } from './csi/controller.ts';
import { identity } from './csi/identity.ts';
import { node, withNode } from './csi/node.ts';
import { type Devices, openDevices } from './devices/open-devices.ts';
import { DriverMetrics } from './metrics.ts';
import type { options } from './options/options.ts';
import { serveController } from './registry/serve-node.ts';
import { startController } from './registry/start-controller.ts';
import { startRescheduler } from './rescheduler/start.ts';
import { serveMetrics } from './serve-metrics.ts';
import { StateFolder } from './state/state-folder.ts';
import { VolumeConditions } from './volumes/conditions.ts';
import { NodeTopology } from './volumes/topology.ts';
import { Volumes } from './volumes/volumes.ts';

/** What the driver was started with. */
export interface DriverContext extends ServiceContext<ConfigOf<typeof options>> {
  /** Who runs the programs of a node; default this process. */
  readonly runner?: ProcessRunner;
}

/** Does what the mode says until the lifetime ends. */
export function start(context: DriverContext): Promise<void> {
  const { mode } = context.config;
  if (mode === 'controller') return startController(context);
  if (mode === 'force-convert-raw-namespaces') return startConversion(context);
  return mode === 'webhooks' ? startRescheduler(context) : serveNode(context);
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
  const devices = await openDevices(context, state);
  const volumes = new Volumes({ state, devices: devices.managers, clock, logger, signal });
  const conditions = new VolumeConditions(logger);
  const metrics = new DriverMetrics({
    ...{ registry, driver, node: nodeId, version, conditions },
    ...{ devices: () => devices.managers.current, signal },
    erasing: () => volumes.erasing,
  });
  serveMetrics(context, metrics.simple);
  const services = servicesOf(context, { devices, volumes, conditions });
  const hasController = config.registryEndpoint !== '';
  const csi = new CsiServer({
    endpoint: `unix://${containerPath(config.endpoint.replace(/^unix:\/\//, ''), env)}`,
    ...{ clock, logger, observe: metrics.observe, identity: services.identity, node: services.node },
    ...(!hasController && { controller: services.controller }),
  });
  server = csi;
  await volumes.load();
  context.health.addLiveness('own-socket', async () => {
    await csi.probe();
    return { ok: true };
  });
  lifetime.spawn(csi.name, (own) => csi.start(own));
  if (hasController) await serveController(context, { ...services, observe: metrics.observe });
  await aborted(signal);
}

/** What a node serves, whoever calls. */
interface NodeServices {
  readonly identity: IdentityMethods;
  readonly controller: ControllerMethods;
  readonly node: NodeMethods;
}

interface ServiceParts {
  readonly devices: Devices;
  readonly volumes: Volumes;
  readonly conditions: VolumeConditions;
}

function servicesOf(context: DriverContext, { devices, ...parts }: ServiceParts): NodeServices {
  const { config, lifetime, version } = context;
  const { driverName: driver, nodeId, nodeExpansion } = config;
  const topology = new NodeTopology(driver, nodeId);
  const { managers, grows } = devices;
  const access = devices.access(parts.volumes);
  const { signal } = lifetime;
  const obstacle = async (): Promise<string | undefined> => {
    const manager = await managers.current;
    return manager.capacity(signal).then(() => undefined, errorMessage);
  };
  return {
    identity: identity({ driver, version, grows, obstacle }),
    controller: withNode(
      nodeId,
      controller({
        ...{ volumes: parts.volumes, devices: managers, topology, signal },
        grows: grows && !nodeExpansion,
      }),
    ),
    node: withNode(nodeId, node({ ...parts, node: nodeId, topology, access, grows, mode: managers.mode })),
  };
}
