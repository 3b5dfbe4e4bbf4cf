import type { Runnable } from '@rackwright/core';
import { ai100, ai100Metric, aidaptivCache } from '@rackwright/keys';
import type { KubeClient } from '@rackwright/kube';
import { Counter, Gauge, type ServiceContext } from '@rackwright/service';
import { HttpServer, inSandbox, jsonRoutes, parseBindAddress, webApp } from '@rackwright/web';
import { ownedName } from '../manifests/identity.ts';
import type { Ai100Config } from '../options.ts';
import { type CertificateKeeperOptions, HandshakeCertificateKeeper } from './certificate-keeper.ts';
import type { KnownExporters } from './known-exporters.ts';
import { type HandshakeResult, reception, results } from './reception.ts';
import { StoredCertificate } from './stored-certificate.ts';

/** A handshake has a few hundred bytes. */
const maxBodyBytes = 4096;
const maxArrivingBytes = 1024 * 1024;

type Context = Pick<ServiceContext<Ai100Config>, 'config' | 'clock' | 'logger' | 'env' | 'metrics'>;

/** What every replica runs to take handshakes; nothing where that is switched off. */
export function handshakeServers(
  context: Context,
  client: KubeClient,
  exporters: KnownExporters,
): readonly Runnable[] {
  const { config, clock, logger, env } = context;
  const address = parseBindAddress(config.handshakeBindAddress, 'handshake-bind-address');
  if (address === undefined) return [];
  const certificate = new StoredCertificate({ ...certificateOptions(config), client, clock, logger });
  const handler = reception({
    ...{ client, exporters, logger },
    account: `system:serviceaccount:${config.namespace}:${ownedName(ai100.component.exporter)}`,
    count: metricsOf(context, exporters),
  });
  const routes = jsonRoutes(
    { [aidaptivCache.handshake.path]: handler },
    { clock, maxBodyBytes, maxArrivingBytes },
  );
  const server = new HttpServer({
    ...{ name: 'handshake server', address: inSandbox(address, env) },
    ...{ app: webApp(logger, routes), certificate, clock, logger },
  });
  return [certificate, { name: server.name, start: (signal) => serve(server, certificate, signal) }];
}

/** It cannot serve before the leader has made the certificate. */
async function serve(server: HttpServer, certificate: StoredCertificate, signal: AbortSignal): Promise<void> {
  await certificate.first(signal).catch(() => undefined);
  if (!signal.aborted) await server.start(signal);
}

/** What the leader runs for it. */
export function handshakeKeepers(
  context: Pick<Context, 'config' | 'clock' | 'logger'>,
  client: KubeClient,
): readonly Runnable[] {
  const { config, clock, logger } = context;
  if (parseBindAddress(config.handshakeBindAddress, 'handshake-bind-address') === undefined) return [];
  return [new HandshakeCertificateKeeper({ ...certificateOptions(config), client, clock, logger })];
}

function certificateOptions({
  namespace,
  handshakeService,
  handshakeCheckInterval,
}: Ai100Config): Pick<CertificateKeeperOptions, 'namespace' | 'host' | 'intervalMs'> {
  const intervalMs = Math.min(Math.max(handshakeCheckInterval, 1000), 3_600_000);
  return { namespace, host: `${handshakeService}.${namespace}`, intervalMs };
}

function metricsOf({ metrics }: Context, exporters: KnownExporters): (result: HandshakeResult) => void {
  const counter = new Counter({
    name: ai100Metric.handshakes,
    help: 'Handshakes of exporters by what came of them.',
    labelNames: ['result'],
    registers: [metrics],
  });
  for (const result of results) counter.inc({ result }, 0);
  new Gauge({
    name: ai100Metric.handshakeTime,
    help: 'When the exporter of a node made its newest handshake, in seconds since the epoch; nodes not heard of for five minutes are absent.',
    labelNames: ['node', 'version'],
    registers: [metrics],
    collect() {
      this.reset();
      for (const { node, version, atMs } of exporters.list()) this.set({ node, version }, atMs / 1000);
    },
  });
  return (result) => counter.inc({ result });
}
