import { Latest, type Runnable } from '@rackwright/core';
import type { KubeClient } from '@rackwright/kube';
import { bindAddress, type ConfigOf, containerPath, type ServiceContext } from '@rackwright/service';
import type { managerOptions } from '../options.ts';
import { type BindAddress, parseBindAddress } from './bind-address.ts';
import { CertificateReader, type ServingCertificate } from './certificate.ts';
import { ScrapeAccess } from './scrape-access.ts';
import { HttpServer, healthApp, metricsApp } from './server.ts';

type Context = ServiceContext<ConfigOf<typeof managerOptions>>;

/** The file of the bundle that makes certificates. */
type SelfSignedModule = typeof import('../self-signed.main.ts');

/** The server of `/healthz` and `/readyz`, unless it is switched off. */
export function healthServers({ config, health, clock, logger, env }: Context): HttpServer[] {
  const address = parseBindAddress(config.healthProbeBindAddress, 'health-probe-bind-address');
  if (address === undefined) return [];
  const app = healthApp(health, logger);
  return [new HttpServer({ name: 'health server', address: inSandbox(address, env), app, clock, logger })];
}

/**
 * The server of `/metrics`, and what renews its certificate, unless it is
 * switched off. When it is secure it serves HTTPS and asks the API server who
 * may scrape.
 *
 * @throws HwError FailedPrecondition when the certificate that was given cannot be used
 */
export async function metricsServers(context: Context, client: KubeClient): Promise<Runnable[]> {
  const { config, metrics, clock, logger, env } = context;
  const address = parseBindAddress(config.metricsBindAddress, 'metrics-bind-address');
  if (address === undefined) return [];
  const common = { name: 'metrics server', address: inSandbox(address, env), clock, logger };
  if (!config.metricsSecure) return [new HttpServer({ ...common, app: metricsApp(metrics, logger) })];
  const app = metricsApp(metrics, logger, new ScrapeAccess({ client, clock, logger }));
  const { certificate, renewal } = await servingCertificate(context);
  return [new HttpServer({ ...common, app, certificate }), ...renewal];
}

async function servingCertificate({
  config,
  clock,
  logger,
  env,
}: Context): Promise<{ certificate: Latest<ServingCertificate>; renewal: Runnable[] }> {
  if (config.metricsCertPath === undefined) {
    const file = import.meta.url.endsWith('.ts') ? '../self-signed.main.ts' : './self-signed.js';
    const { selfSigned } = (await import(file)) as SelfSignedModule;
    const host = `${config.podName ?? 'operator-manager'}.${config.namespace}`;
    return { certificate: new Latest(await selfSigned(host, clock.now())), renewal: [] };
  }
  const files = {
    folder: containerPath(config.metricsCertPath, env),
    cert: config.metricsCertName,
    key: config.metricsCertKey,
  };
  const reader = await CertificateReader.open(files, { clock, logger });
  return { certificate: reader.current, renewal: [reader] };
}

function inSandbox(address: BindAddress, env: NodeJS.ProcessEnv): BindAddress {
  const host = address.host ?? bindAddress(env);
  return host === undefined ? address : { ...address, host };
}
