import { allowedImagesSetting } from '@rackwright/api';
import { HwError, type Runnable } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import {
  type CertificateSource,
  HttpServer,
  inSandbox,
  jsonRoutes,
  parseBindAddress,
  type ServingCertificate,
  webApp,
} from '@rackwright/web';
import type { CertificateKeeper } from './certificates/keeper.ts';
import { timeoutSeconds } from './configuration/setup.ts';
import { clusterView } from './review/cluster.ts';
import { reviewHandlers } from './review/handlers.ts';
import { ReviewMetrics } from './review/metrics.ts';
import type { Served } from './served.ts';
import type { Context } from './service.ts';

/** Longer than API servers keep connections that idle (net/http IdleConnTimeout, 90 s): it is they who close them. */
const keepAliveMs = 120_000;
/** How long API servers wait: for so long a request may be on its way, and an answer be made when the replica stops. */
const waitedMs = timeoutSeconds * 1000;

/** Serves the webhooks as soon as there is a certificate. */
export function webhookServer(
  context: Context,
  client: KubeClient,
  { keeper, served }: { readonly keeper: CertificateKeeper; readonly served: Served },
): Runnable {
  const { config, metrics, clock, logger, env } = context;
  const address = parseBindAddress(config.webhookBindAddress, 'webhook-bind-address');
  if (address === undefined)
    throw new HwError('InvalidArgument', 'an address is needed', { field: '--webhook-bind-address' });
  const handlers = reviewHandlers(served, {
    settings: { [allowedImagesSetting]: config.allowedImages },
    cluster: clusterView(client),
    metrics: new ReviewMetrics(metrics, served),
    clock,
    logger,
  });
  const name = 'webhook server';
  return {
    name,
    start: async (signal) => {
      const first = await keeper.served.until((pair) => pair !== undefined, signal).catch(() => undefined);
      if (first === undefined) return;
      const server = new HttpServer({
        name,
        app: webApp(logger, jsonRoutes(handlers, { clock })),
        address: inSandbox(address, env),
        certificate: newestOf(keeper, first),
        limits: {
          keepAliveMs,
          requestTimeoutMs: waitedMs,
          drainMs: config.stopDelay,
          closeGraceMs: waitedMs,
        },
        clock,
        logger,
      });
      await server.start(signal);
    },
  };
}

function newestOf({ served }: CertificateKeeper, first: ServingCertificate): CertificateSource {
  return {
    current: () => served.value ?? first,
    changes: {
      subscribe: (listener) => served.subscribe((pair) => pair !== undefined && listener(pair)),
    },
  };
}
