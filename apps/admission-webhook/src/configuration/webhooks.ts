import { type Admission, matchConditions, type Operation } from '@rackwright/api';
import type { Webhook } from '@rackwright/kube';

/** Where API servers find the webhooks and how they treat them. */
export interface WebhookSettings {
  readonly service: { readonly namespace: string; readonly name: string; readonly port: number };
  /** Asked in place of the Service. */
  readonly externalUrl: string | undefined;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly timeoutSeconds: number;
}

/** The entries of a ValidatingWebhookConfiguration, without what is trusted. */
export function validatingWebhooks(admissions: readonly Admission[], settings: WebhookSettings): Webhook[] {
  return admissions.map((admission) => {
    const { webhook: name, path, operations } = admission.validation;
    return webhookOf(admission, { name, path, operations, failurePolicy: settings.failurePolicy }, settings);
  });
}

/** The entries of a MutatingWebhookConfiguration, without what is trusted. */
export function mutatingWebhooks(admissions: readonly Admission[], settings: WebhookSettings): Webhook[] {
  return admissions.flatMap((admission) => {
    const { mutation } = admission;
    if (mutation === undefined) return [];
    const { webhook: name, path, operations, failurePolicy } = mutation;
    const entry = webhookOf(admission, { name, path, operations, failurePolicy }, settings);
    return [{ ...entry, reinvocationPolicy: 'IfNeeded' as const }];
  });
}

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly operations: readonly Operation[];
  readonly failurePolicy: 'Fail' | 'Ignore';
}

function webhookOf(
  { resource, versions }: Admission,
  { name, path, operations, failurePolicy }: Entry,
  { service, externalUrl, timeoutSeconds }: WebhookSettings,
): Webhook {
  return {
    name,
    clientConfig: externalUrl === undefined ? { service: { ...service, path } } : { url: externalUrl + path },
    rules: [
      {
        apiGroups: [resource.group],
        apiVersions: [...versions],
        operations: [...operations],
        resources: [resource.plural],
        scope: resource.namespaced ? 'Namespaced' : 'Cluster',
      },
    ],
    matchConditions: matchConditions.map((condition) => ({ ...condition })),
    matchPolicy: 'Equivalent',
    failurePolicy,
    sideEffects: 'None',
    timeoutSeconds,
    admissionReviewVersions: ['v1'],
  };
}
