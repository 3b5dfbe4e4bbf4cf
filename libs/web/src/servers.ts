import type { Runnable } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import { bindAddress, type ConfigOf, containerPath, type ServiceContext } from '@rackwright/service';
import { webApp } from './app.ts';
import { type BindAddress, parseBindAddress } from './bind-address.ts';
import { type CertificateSource, fixedCertificate } from './certificate.ts';
import { CertificateReader } from './certificate-files.ts';
import { healthRoutes } from './health-routes.ts';
import { HttpServer } from './http-server.ts';
import { metricsRoutes } from './metrics-routes.ts';
import type { serverOptions } from './options.ts';
import { onlyScrapers, ScrapeAccess } from './scrape-access.ts';
import { selfSignedCertificate } from './self-signed.ts';

type Context = ServiceContext<ConfigOf<typeof serverOptions>>;

/** The server of `/healthz` and `/readyz`, unless it is switched off. */
export function healthServers({ config, health, clock, logger, env }: Context): HttpServer[] {
  const address = parseBindAddress(config.healthProbeBindAddress, 'health-probe-bind-address');
  if (address === undefined) return [];
  const app = webApp(logger, healthRoutes(health));
  return [new HttpServer({ name: 'health server', address: inSandbox(address, env), app, clock, logger })];
}

/**
 * The server of `/metrics`, and what renews its certificate, unless it is
 * switched off. When it is secure it serves HTTPS and asks the API server who
 * may scrape.
 *
 * @param host name in the certificate, when one has to be made
 * @throws HwError FailedPrecondition when the certificate that was given cannot be used
 */
export async function metricsServers(
  context: Context,
  client: Pick<KubeClient, 'request'>,
  host: string,
): Promise<Runnable[]> {
  const { config, metrics, clock, logger, env } = context;
  const address = parseBindAddress(config.metricsBindAddress, 'metrics-bind-address');
  if (address === undefined) return [];
  const common = { name: 'metrics server', address: inSandbox(address, env), clock, logger };
  const routes = metricsRoutes(metrics);
  if (!config.metricsSecure) return [new HttpServer({ ...common, app: webApp(logger, routes) })];
  const access = new ScrapeAccess({ client, clock, logger });
  const { certificate, renewal } = await servingCertificate(context, host);
  return [
    new HttpServer({ ...common, app: webApp(logger, onlyScrapers(access), routes), certificate }),
    ...renewal,
  ];
}

async function servingCertificate(
  { config, clock, logger, env }: Context,
  host: string,
): Promise<{ certificate: CertificateSource; renewal: Runnable[] }> {
  if (config.metricsCertPath === undefined) {
    return { certificate: fixedCertificate(await selfSignedCertificate(host, clock.now())), renewal: [] };
  }
  const files = {
    folder: containerPath(config.metricsCertPath, env),
    cert: config.metricsCertName,
    key: config.metricsCertKey,
  };
  const reader = await CertificateReader.open(files, { clock, logger });
  return { certificate: reader, renewal: [reader] };
}

/** The address to listen on; in a simulated cluster that of the pod where none is given. */
export function inSandbox(address: BindAddress, env: NodeJS.ProcessEnv): BindAddress {
  const host = address.host ?? bindAddress(env);
  return host === undefined ? address : { ...address, host };
}
