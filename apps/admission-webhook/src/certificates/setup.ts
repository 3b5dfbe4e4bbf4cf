import { rackwright } from '@rackwright/keys';
import type { KubeClient } from '@rackwright/kube';
import { containerPath, Gauge } from '@rackwright/service';
import { registrationsOf } from '../configuration/setup.ts';
import type { Served } from '../served.ts';
import type { Context } from '../service.ts';
import { FileSupply } from './file-supply.ts';
import { CertificateKeeper } from './keeper.ts';
import type { CertificateTimes } from './plan.ts';
import { SecretSupply } from './secret-supply.ts';
import { PairSecret } from './secrets.ts';
import type { CertificateSupply } from './supply.ts';

const minuteMs = 60_000;
/** API servers see a new authority within seconds, replicas and kubelets a new certificate within two minutes. */
const longestSettleMs = 5 * minuteMs;
const longestRetireMs = 24 * 60 * minuteMs;

/** What looks after certificates and registrations as the options say; its readiness and metrics are registered. */
export function certificateKeeper(context: Context, client: KubeClient, what: Served): CertificateKeeper {
  const { config, clock, logger, health, metrics } = context;
  const { service, namespace } = config;
  const names = [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
  if (config.externalUrl !== undefined) names.push(new URL(config.externalUrl).hostname);
  const times = timesOf(config);
  const supply = supplyOf(context, client, { names, times });
  const registrations = registrationsOf(context, client, what);
  const keeper = new CertificateKeeper({ supply, registrations, names, times, clock, logger });
  health.addReadiness(keeper.name, () => keeper.readiness());
  new Gauge({
    name: rackwright.admissionMetric.certificateEnd,
    help: 'When the certificate that is served ends, in seconds since the epoch.',
    registers: [metrics],
    collect() {
      if (keeper.notAfterMs !== undefined) this.set(keeper.notAfterMs / 1000);
    },
  });
  return keeper;
}

function timesOf({ authorityLifetime, certificateLifetime }: Context['config']): CertificateTimes {
  return {
    caLifetimeMs: authorityLifetime,
    lifetimeMs: certificateLifetime,
    settleMs: Math.min(longestSettleMs, certificateLifetime / 20),
    retireMs: Math.min(longestRetireMs, certificateLifetime / 4),
  };
}

function supplyOf(
  { config, clock, env }: Context,
  client: KubeClient,
  made: { readonly names: readonly string[]; readonly times: CertificateTimes },
): CertificateSupply {
  if (config.certificates === 'files') {
    const folder = containerPath(config.webhookCertPath, env);
    const { webhookCertName: cert, webhookCertKey: key, webhookCaName } = config;
    return new FileSupply({ folder, cert, key, authority: webhookCaName || undefined }, clock);
  }
  const { namespace } = config;
  const authority = new PairSecret(client, { namespace, name: config.authoritySecret });
  const certificate = new PairSecret(client, { namespace, name: config.certificateSecret });
  return new SecretSupply({ authority, certificate, ...made, clock });
}
