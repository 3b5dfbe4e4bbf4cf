import type { Container } from '@rackwright/kube';
import { type HostMount, rootWithoutCapabilities, volumeMountOf } from '@rackwright/manager';
import { socketOnNode } from './node.ts';
import { flag, type Parts } from './pod.ts';

const address = '--csi-address=/csi/csi.sock';
/** Port of the external-provisioner's metrics. */
const metrics = { name: 'metrics', number: 10_011 } as const;

/** Tells the kubelet of the driver. */
export function registrar(parts: Parts, mounts: readonly HostMount[]): Container {
  const { image, command } = parts.spec.registrar;
  return {
    name: 'driver-registrar',
    image,
    ...(command === undefined ? {} : { command: [...command] }),
    args: [
      flag('v', parts.spec.logLevel),
      `--kubelet-registration-path=${socketOnNode(parts)}`,
      address,
      '--timeout=10s',
    ],
    ...common(parts, mounts),
    resources: parts.spec.resources.registrar,
  };
}

/** Makes volumes of claims whose pods were sent to this node, and tells the scheduler of its capacity. */
export function provisioner(parts: Parts, mounts: readonly HostMount[]): Container {
  const { spec } = parts;
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  const probe = { httpGet: { path: '/metrics', port: metrics.name }, timeoutSeconds: 5 };
  return {
    name: 'external-provisioner',
    image: spec.provisionerImage,
    args: [
      flag('v', spec.logLevel),
      address,
      '--feature-gates=Topology=true',
      '--node-deployment=true',
      '--strict-topology=true',
      '--immediate-topology=false',
      '--timeout=5m',
      '--default-fstype=ext4',
      '--worker-threads=5',
      '--enable-capacity',
      // The pod owns what it tells of capacity, so that it goes with it.
      '--capacity-ownerref-level=0',
      `--metrics-address=:${metrics.number}`,
    ],
    env: [
      field('NODE_NAME', 'spec.nodeName'),
      field('NAMESPACE', 'metadata.namespace'),
      field('POD_NAME', 'metadata.name'),
    ],
    ports: [{ name: metrics.name, containerPort: metrics.number }],
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 300 },
    ...common(parts, mounts),
    resources: spec.resources.provisioner,
  };
}

/** Both speak to the socket of a driver that runs as root. */
function common({ spec }: Parts, mounts: readonly HostMount[]) {
  return {
    imagePullPolicy: spec.imagePullPolicy,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: rootWithoutCapabilities,
    volumeMounts: mounts.map(volumeMountOf),
  } as const;
}
