import { aborted, HwError } from '@rackwright/core';
import { inClusterConnection, KubeClient } from '@rackwright/kube';
import { type ConfigOf, containerPath, type ServiceContext, type ServiceSpec } from '@rackwright/service';
import { healthServers, metricsServers } from '@rackwright/web';
import { certificateKeeper } from './certificates/setup.ts';
import { options } from './options.ts';
import type { Served } from './served.ts';
import { webhookServer } from './webhook-server.ts';

export type Context = ServiceContext<ConfigOf<typeof options>>;

/** The webhooks as a service. */
export function webhookService(version: string, served: Served): ServiceSpec<typeof options> {
  return {
    name: 'admission-webhook',
    version,
    description: 'Checks what users write about hardware before it is stored.',
    options,
    stopTimeoutMs: 60_000,
    start: (context) => serveWebhooks(context, served),
  };
}

async function serveWebhooks(context: Context, served: Served): Promise<void> {
  const { config, lifetime, clock, logger, env, version } = context;
  const { authorityLifetime, certificateLifetime } = config;
  if (authorityLifetime < certificateLifetime)
    throw new HwError('InvalidArgument', 'must not be shorter than --certificate-lifetime', {
      field: '--authority-lifetime',
    });
  const connection = inClusterConnection({ env, containerRoot: containerPath('/', env), clock });
  const userAgent = `admission-webhook/${version}`;
  const client = lifetime.use(new KubeClient({ connection, clock, logger, userAgent }));
  const keeper = certificateKeeper(context, client, served);
  const health = healthServers(context);
  const metrics = await metricsServers(context, client, `${config.service}.${config.namespace}`);
  const webhooks = webhookServer(context, client, { keeper, served });
  for (const part of [keeper, ...health, ...metrics, webhooks])
    lifetime.spawn(part.name, (signal) => part.start(signal));
  await aborted(lifetime.signal);
}
