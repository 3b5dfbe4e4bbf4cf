import { pmem } from '@rackwright/keys';
import type { Deployment } from '@rackwright/kube';
import { nonRoot } from '@rackwright/manager';
import { metricsPort } from '../descriptors.ts';
import { nameOf, ownedMeta, partLabels, prefixOf, selectorLabels } from './identity.ts';
import { driverContainer, flag, metricsProbe, type Parts, podTemplate } from './pod.ts';

const part = pmem.part.controller;

/** Gives claims back to the scheduler that were bound for nodes without the driver. */
export function controllerDeployment(parts: Parts): Deployment {
  const { owner, spec } = parts;
  const { deployment, namespace } = owner;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...ownedMeta(owner, `${prefixOf(deployment)}-controller`, partLabels(owner, part)),
      namespace,
    },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: selectorLabels(deployment, part) },
      template: podTemplate(parts, part, {
        priorityClassName: 'system-cluster-critical',
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        containers: [container(parts)],
      }),
    },
  };
}

function container(parts: Parts) {
  const { owner, spec } = parts;
  const name = nameOf(owner.deployment);
  return driverContainer(parts, {
    args: [
      flag('v', spec.logLevel),
      flag('logging-format', spec.logFormat),
      flag('mode', 'webhooks'),
      flag('drivername', '$(PMEM_CSI_DRIVER_NAME)'),
      flag('nodeSelector', JSON.stringify(spec.nodeSelector)),
      flag('metricsListen', `:${metricsPort.number}`),
    ],
    env: [
      { name: 'PMEM_CSI_DRIVER_NAME', value: name },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
    ],
    ports: [{ name: metricsPort.name, containerPort: metricsPort.number }],
    livenessProbe: metricsProbe('/metrics/simple', { periodSeconds: 10, failureThreshold: 6 }),
    startupProbe: metricsProbe('/metrics/simple', { periodSeconds: 1, failureThreshold: 60 }),
    resources: spec.resources.controller,
    securityContext: nonRoot,
  });
}
