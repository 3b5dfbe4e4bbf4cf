import type { ConversionWebhook } from '@rackwright/api';
import { type KubeClient, resources, type Webhook } from '@rackwright/kube';
import { conversionPath } from '../review/conversion-review.ts';
import type { Served } from '../served.ts';
import type { Context } from '../service.ts';
import { Configuration } from './configuration.ts';
import { CrdConversion } from './crd-conversion.ts';
import type { Registration } from './registration.ts';
import { Registrations } from './registrations.ts';
import { mutatingWebhooks, validatingWebhooks, type WebhookSettings } from './webhooks.ts';

/** Longest API servers wait for an answer. */
export const timeoutSeconds = 10;

/**
 * The registrations that the options name. What is given without its authority
 * is told to API servers by somebody else.
 */
export function registrationsOf(context: Context, client: KubeClient, served: Served): Registrations {
  const { namespace, service: name, externalUrl, certificates, webhookCaName } = context.config;
  const known = certificates === 'managed' || webhookCaName !== '';
  return new Registrations({
    client,
    service: externalUrl === undefined ? { namespace, name } : undefined,
    registrations: known
      ? [...webhookConfigurations(context, client, served), ...crdConversions(context, client, served)]
      : [],
  });
}

function webhookConfigurations(
  { config, version }: Context,
  client: KubeClient,
  { admissions }: Served,
): Registration[] {
  const { namespace, service: name, servicePort: port, externalUrl, failurePolicy } = config;
  const service = { namespace, name, port };
  const settings: WebhookSettings = { service, externalUrl, failurePolicy, timeoutSeconds };
  const configuration = (
    type: typeof resources.validatingWebhookConfigurations,
    configured: string,
    wanted: readonly Webhook[],
  ): Registration[] =>
    configured === '' || wanted.length === 0
      ? []
      : [new Configuration(client, { type, name: configured, wanted, version })];
  return [
    ...configuration(
      resources.validatingWebhookConfigurations,
      config.validatingConfiguration,
      validatingWebhooks(admissions, settings),
    ),
    ...configuration(
      resources.mutatingWebhookConfigurations,
      config.mutatingConfiguration,
      mutatingWebhooks(admissions, settings),
    ),
  ];
}

function crdConversions(
  { config, logger }: Context,
  client: KubeClient,
  { conversions }: Served,
): Registration[] {
  const { namespace, service: name, servicePort: port, externalUrl, crdConversion } = config;
  const path = conversionPath;
  const at: ConversionWebhook['at'] =
    externalUrl === undefined ? { service: { namespace, name, port, path } } : { url: externalUrl + path };
  return crdConversion ? conversions.map((kind) => new CrdConversion(client, { kind, at, logger })) : [];
}
