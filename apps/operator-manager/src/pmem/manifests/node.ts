import { posix } from 'node:path';
import { pmem } from '@rackwright/keys';
import type { Container, DaemonSet, EnvVar } from '@rackwright/kube';
import { type HostMount, volumeMountOf, volumeOf } from '@rackwright/manager';
import { driverDescriptor, driverFolders, metricsPort, nodeFolders } from '../descriptors.ts';
import { nameOf, ownedMeta, partLabels, prefixOf, selectorLabels } from './identity.ts';
import { driverContainer, flag, metricsProbe, type Parts, podTemplate } from './pod.ts';
import { provisioner, registrar, resizer, socketInPod } from './sidecars.ts';

const part = pmem.part.node;

export const nodeNameVariable: EnvVar = {
  name: 'KUBE_NODE_NAME',
  valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } },
};

/** The driver on nodes: it makes volumes and mounts them. */
export function nodeDaemonSet(parts: Parts): DaemonSet {
  const { owner, spec, settings } = parts;
  const { deployment, namespace } = owner;
  const layout = { hostRoot: settings.hostRoot, kubeletDir: spec.kubeletDir, cdiDir: '' };
  const own = driverFolders(layout, nameOf(deployment));
  const mounts: readonly HostMount[] = [own.socket, own.state, ...nodeFolders(layout)];
  const volumes = new Map([own.registration, ...mounts].map((mount) => [mount.name, volumeOf(mount)]));
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { ...ownedMeta(owner, `${prefixOf(deployment)}-node`, partLabels(owner, part)), namespace },
    spec: {
      selector: { matchLabels: selectorLabels(deployment, part) },
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: spec.maxUnavailable },
      },
      template: podTemplate(parts, part, {
        priorityClassName: 'system-node-critical',
        nodeSelector: { ...spec.nodeSelector },
        containers: [
          driver(parts, mounts),
          registrar(
            parts,
            [own.socket, own.registration],
            { onNode: socketOnNode(parts), address: socketInPod },
            ['--timeout=10s'],
          ),
          provisioner(parts, [own.socket]),
          ...(spec.resizerImage === undefined ? [] : [resizer(parts, spec.resizerImage, [own.socket])]),
        ],
        volumes: [...volumes.values()],
      }),
    },
  };
}

/** Path of the driver's socket as the kubelet sees it. */
function socketOnNode({ owner, spec }: Parts): string {
  return posix.join(spec.kubeletDir, 'plugins', nameOf(owner.deployment), 'csi.sock');
}

function driver(parts: Parts, mounts: readonly HostMount[]): Container {
  const { owner, spec } = parts;
  return driverContainer(parts, {
    args: [
      flag('deviceManager', spec.deviceMode),
      flag('v', spec.logLevel),
      flag('logging-format', spec.logFormat),
      flag('mode', 'node'),
      flag('endpoint', 'unix:///csi/csi.sock'),
      flag('nodeid', '$(KUBE_NODE_NAME)'),
      flag('statePath', '/var/lib/$(PMEM_CSI_DRIVER_NAME)'),
      flag('drivername', '$(PMEM_CSI_DRIVER_NAME)'),
      flag('pmemPercentage', spec.pmemPercentage),
      flag('metricsListen', `:${metricsPort.number}`),
    ],
    env: [
      nodeNameVariable,
      { name: 'PMEM_CSI_DRIVER_NAME', value: nameOf(owner.deployment) },
      // As a variable, which older drivers do not mind.
      { name: 'PMEM_CSI_NODE_EXPANSION', value: 'true' },
    ],
    ports: [{ name: metricsPort.name, containerPort: metricsPort.number }],
    livenessProbe: metricsProbe('/metrics/simple', { periodSeconds: 10, failureThreshold: 6 }),
    startupProbe: metricsProbe('/metrics/simple', { periodSeconds: 1, failureThreshold: 300 }),
    resources: spec.resources.node,
    securityContext: driverDescriptor.privileges.securityContext,
    volumeMounts: mounts.map(volumeMountOf),
  });
}
