import { aborted, type Lifetime } from '@rackwright/core';
import { CsiServer } from '@rackwright/csi';
import { defaultLimits, GrpcServer } from '@rackwright/grpc';
import { pmem, pmemMetric } from '@rackwright/keys';
import { hasToken, inClusterConnection, KubeClient } from '@rackwright/kube';
import { bindAddress, containerPath, Registry } from '@rackwright/service';
import type { DriverContext } from '../app.ts';
import { addBuildInfo } from '../build-info.ts';
import { identity } from '../csi/identity.ts';
import { callTimes } from '../metrics.ts';
import { serveMetrics } from '../serve-metrics.ts';
import { ClusterController } from './cluster-controller.ts';
import { portOf } from './endpoints.ts';
import { ClusterHomes, type Homes, homesSeen } from './homes.ts';
import { addNodes } from './metrics.ts';
import { Nodes } from './nodes.ts';
import { addRegistry } from './service.ts';
import { type DriverTls, openTls, serverTls } from './tls.ts';

/** Every node connects for a moment every 10 s. */
const limits = { ...defaultLimits, connections: 1024 };

/** Serves CSI for the volumes of all nodes, and the registry where nodes make themselves known. */
export async function startController(context: DriverContext): Promise<void> {
  const { config, clock, logger, lifetime, env, version, metrics: registry } = context;
  const { driverName: driver } = config;
  const tls = await openTls(context);
  const simple = new Registry();
  addBuildInfo(version, [registry, simple]);
  const nodes = new Nodes({
    tls: { identity: tls.client, peerName: pmem.tlsName.nodeController },
    observe: callTimes(registry, driver, pmemMetric.controllerOperations),
    ...{ clock, logger, env },
  });
  addNodes(registry, () => nodes.list().filter(({ connected }) => connected).length);
  serveMetrics(context, simple);
  await serveRegistry(context, nodes, tls);
  const homes = homesFor(context, nodes);
  const controller = new ClusterController({ nodes, homes, topologyKey: `${driver}/node` });
  const csi = new CsiServer({
    endpoint: `unix://${containerPath(config.endpoint.replace(/^unix:\/\//, ''), env)}`,
    ...{ clock, logger, observe: callTimes(registry, driver, pmemMetric.operations) },
    identity: identity({ driver, version, grows: true, obstacle: async () => undefined }),
    controller: controller.methods,
  });
  context.health.addReadiness('csi', () =>
    csi.listening.value ? { ok: true } : { ok: false, message: 'the socket is not served yet' },
  );
  lifetime.spawn('nodes', (signal) => nodes.watch(signal));
  lifetime.spawn(csi.name, (signal) => csi.start(signal));
  await aborted(lifetime.signal);
}

async function serveRegistry(context: DriverContext, nodes: Nodes, tls: DriverTls): Promise<void> {
  const { config, clock, logger, lifetime, env } = context;
  const { host: asked, port } = portOf('registryEndpoint', config.registryEndpoint);
  const host = bindAddress(env) ?? asked;
  const server = await GrpcServer.listenTls(addRegistry(nodes, { clock, logger }), {
    ...{ host, port, clock, limits },
    tls: serverTls(tls, pmem.tlsName.nodeController, context),
  });
  closeWith(lifetime, server);
  logger.info('nodes can register', { endpoint: server.address });
}

function closeWith(lifetime: Lifetime, server: GrpcServer): void {
  lifetime.defer(() => server.close());
}

/** Where a volume may be that no node has told of. */
function homesFor({ env, clock, logger, lifetime, config, version }: DriverContext, nodes: Nodes): Homes {
  const containerRoot = containerPath('/', env);
  if (!hasToken(env, containerRoot)) {
    logger.warn('there is no API server to ask: only nodes that have registered are known');
    return homesSeen(nodes);
  }
  const connection = inClusterConnection({ env, containerRoot, clock });
  const userAgent = `pmem-csi-controller/${version}`;
  const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
  return new ClusterHomes(client, config.driverName);
}
