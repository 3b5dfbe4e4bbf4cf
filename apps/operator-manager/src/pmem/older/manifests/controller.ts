import { pmem } from '@rackwright/keys';
import type { Container, StatefulSet } from '@rackwright/kube';
import { nonRoot } from '@rackwright/manager';
import { metricsPort } from '../../descriptors.ts';
import type { EffectiveSpec } from '../../effective.ts';
import { nodeNameVariable } from '../../manifests/node.ts';
import { driverContainer, flag, metricsProbe, type Parts } from '../../manifests/pod.ts';
import { capacityOwner } from '../../manifests/sidecars.ts';
import { certificateFlags, certificateMounts, certificateVolumes } from './certificate-volumes.ts';
import { namesOf, namespacedMeta, partTemplate, podSelector } from './identity.ts';
import { registryPort } from './services.ts';

const part = pmem.part.controller;
/** Where both containers find the driver's socket. */
const socketDir = { name: 'plugin-socket-dir', mountPath: '/csi' } as const;
const socket = `${socketDir.mountPath}/csi-controller.sock`;

/** Knows the nodes, and has volumes made on them. */
export function olderController(parts: Parts): StatefulSet {
  const { owner } = parts;
  const { controller: name } = namesOf(owner);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: namespacedMeta(owner, name, part),
    spec: {
      replicas: 1,
      serviceName: name,
      selector: { matchLabels: podSelector(owner, part) },
      template: partTemplate(parts, part, {
        priorityClassName: 'system-cluster-critical',
        securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
        containers: [driver(parts), provisioner(parts), ...resizer(parts)],
        volumes: [{ name: socketDir.name, emptyDir: {} }, ...certificateVolumes(owner, 'registry')],
      }),
    },
  };
}

function driver(parts: Parts): Container {
  const { owner, spec } = parts;
  return driverContainer(parts, {
    args: [
      flag('v', spec.logLevel),
      flag('mode', 'controller'),
      flag('drivername', owner.driver),
      flag('endpoint', `unix://${socket}`),
      flag('registryEndpoint', `tcp://0.0.0.0:${registryPort.number}`),
      flag('metricsListen', `:${metricsPort.number}`),
      flag('nodeid', '$(KUBE_NODE_NAME)'),
      ...certificateFlags('registry'),
    ],
    env: [nodeNameVariable],
    ports: [registryPort, metricsPort].map(({ name, number }) => ({ name, containerPort: number })),
    livenessProbe: metricsProbe('/metrics/simple', { periodSeconds: 10, failureThreshold: 6 }),
    startupProbe: metricsProbe('/metrics/simple', { periodSeconds: 1, failureThreshold: 60 }),
    resources: spec.resources.controller,
    securityContext: nonRoot,
    volumeMounts: [{ ...socketDir }, ...certificateMounts('registry')],
  });
}

/** Has volumes grown whose claims ask for more, where the Deployment names its image. */
function resizer({ spec }: Parts): Container[] {
  const { resizerImage: image } = spec;
  if (image === undefined) return [];
  const args = [
    '--timeout=5m',
    flag('-v', spec.logLevel),
    `--csi-address=${socket}`,
    // Volumes grow while pods use them.
    '--handle-volume-inuse-error=false',
  ];
  return [sidecarOf(spec, { name: 'resizer', image, args, resources: spec.resources.resizer })];
}

/** Makes volumes of claims. */
function provisioner({ spec }: Parts): Container {
  return sidecarOf(spec, {
    name: 'provisioner',
    image: spec.provisionerImage,
    args: [
      '--timeout=5m',
      flag('-v', spec.logLevel),
      `--csi-address=${socket}`,
      '--feature-gates=Topology=true',
      '--strict-topology=true',
      // Beyond the first operator: the scheduler is told where there is room.
      '--enable-capacity',
      '--capacity-ownerref-level=0',
    ],
    env: capacityOwner,
    resources: spec.resources.provisioner,
  });
}

/** A program of Kubernetes. It has the user of the driver, whose socket nobody else may write to. */
function sidecarOf(
  { imagePullPolicy }: EffectiveSpec,
  container: Pick<Container, 'name' | 'image' | 'args' | 'env' | 'resources'>,
): Container {
  return {
    ...container,
    imagePullPolicy,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: nonRoot,
    volumeMounts: [{ ...socketDir }],
  };
}
