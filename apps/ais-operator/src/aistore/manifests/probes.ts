import type { AIStoreSpec } from '@rackwright/api';
import type { Probe } from '@rackwright/kube';

type Overrides = NonNullable<AIStoreSpec['proxySpec']['probes']>;

/** How the kubelet asks a node of AIStore (ais.md §3.2); users change numbers alone. */
export function probesOf(
  probes: Overrides = {},
  port: string | number,
  scheme: 'http' | 'https',
): { livenessProbe: Probe; readinessProbe: Probe; startupProbe: Probe } {
  const httpGet = (path: string) => ({
    path,
    port: Number(port),
    scheme: scheme === 'https' ? ('HTTPS' as const) : ('HTTP' as const),
  });
  const ready = '/v1/health?readiness=true';
  const every = { periodSeconds: 5, timeoutSeconds: 5, successThreshold: 1 };
  return {
    livenessProbe: {
      httpGet: httpGet('/v1/health'),
      ...{ ...every, initialDelaySeconds: 60, failureThreshold: 10 },
      ...probes.liveness,
    },
    readinessProbe: { httpGet: httpGet(ready), ...{ ...every, failureThreshold: 5 }, ...probes.readiness },
    startupProbe: { httpGet: httpGet(ready), ...{ ...every, failureThreshold: 30 }, ...probes.startup },
  };
}
