import { registrations } from '@rackwright/api/generate';
import { deployment, ports } from './deployment.ts';
import { rights } from './rights.ts';
import { clusterObject, type InstallValues, namespacedObject, secretsOf, selector } from './values.ts';

/** An installation by plain manifests: what the chart makes of its defaults. */
export function webhookManifests(values: InstallValues): object[] {
  const { namespace } = values;
  const secrets = Object.values(secretsOf(values));
  return [
    ...rights(values),
    ...secrets.map((name) => namespacedObject('v1', 'Secret', { name, namespace }, { type: 'Opaque' })),
    ...services(values),
    deployment(values),
    disruptionBudget(values),
    ...configurations(values),
  ];
}

function services({ name, namespace }: InstallValues): object[] {
  const service = (name: string, port: { name: string; port: number; targetPort: string }): object =>
    namespacedObject('v1', 'Service', { name, namespace }, { spec: { selector, ports: [port] } });
  return [
    service(name, { name: 'webhook', port: 443, targetPort: 'webhook' }),
    service(`${name}-metrics`, { name: 'metrics', port: ports.metrics, targetPort: 'metrics' }),
  ];
}

/** Pods that are broken hold up no drain. */
function disruptionBudget(values: InstallValues): object {
  return namespacedObject('policy/v1', 'PodDisruptionBudget', values, {
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: selector },
    },
  });
}

/** Without entries: API servers ask nobody until a replica can answer, which then writes them. */
function configurations(values: InstallValues): object[] {
  const kinds = ['ValidatingWebhookConfiguration'];
  if (registrations().mutating) kinds.push('MutatingWebhookConfiguration');
  return kinds.map((kind) => clusterObject('admissionregistration.k8s.io/v1', kind, values));
}
