import { type ControllerMethods, CsiServer, type IdentityMethods } from '@rackwright/csi';
import { formatEndpoint, proxyFor } from '@rackwright/grpc';
import { pmem, pmemMetric } from '@rackwright/keys';
import { bindAddress } from '@rackwright/service';
import type { DriverContext } from '../app.ts';
import { type CallTimes, callTimes } from '../metrics.ts';
import { portOf } from './endpoints.ts';
import { Registration } from './registration.ts';
import { openTls, serverTls } from './tls.ts';

/** What the controller calls on a node. */
export interface ControllerServices {
  readonly identity: IdentityMethods;
  readonly controller: ControllerMethods;
  readonly observe: CallTimes;
}

/** Serves the controller service of a node to the driver's controller, and makes the node known to it. */
export async function serveController(context: DriverContext, services: ControllerServices): Promise<void> {
  const { config, clock, logger, lifetime, metrics, health, env } = context;
  const registry = portOf('registryEndpoint', config.registryEndpoint);
  const own = portOf('controllerEndpoint', config.controllerEndpoint);
  const tls = await openTls(context);
  const server = new CsiServer({
    ...{ endpoint: formatEndpoint({ ...own, host: bindAddress(env) ?? own.host }), clock, logger },
    ...services,
    tls: serverTls(tls, pmem.tlsName.registry, context),
  });
  lifetime.spawn('controller service', (signal) => server.start(signal));
  await server.listening.until((listening) => listening, lifetime.signal);
  const registration = new Registration({
    registry: {
      ...{ ...registry, identity: tls.client, peerName: pmem.tlsName.registry },
      proxy: proxyFor(registry, env),
    },
    nodeId: config.nodeId,
    endpoint: formatEndpoint(own),
    observe: callTimes(metrics, config.driverName, pmemMetric.nodeOperations),
    ...{ clock, logger },
  });
  health.addReadiness(registration.name, () => {
    const message = registration.problem.value;
    return message === undefined ? { ok: true } : { ok: false, message };
  });
  lifetime.spawn(registration.name, (signal) => registration.start(signal));
}
