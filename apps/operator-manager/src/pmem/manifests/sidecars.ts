import type { Container, EnvVar } from '@rackwright/kube';
import { type HostMount, rootWithoutCapabilities, volumeMountOf } from '@rackwright/manager';
import { flag, type Parts } from './pod.ts';

/** The socket of the driver in its pods. */
export const socketInPod = '/csi/csi.sock';
/** Port of the external-provisioner's metrics. */
const metrics = { name: 'metrics', number: 10_011 } as const;
/** Port of the external-resizer's metrics, and of its health. */
const resizerPort = { name: 'resizer', number: 10_012 } as const;

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** The pod that owns what a provisioner tells of capacity. */
export const capacityOwner: EnvVar[] = [
  field('NAMESPACE', 'metadata.namespace'),
  field('POD_NAME', 'metadata.name'),
];

/** Where the registrar finds the driver, and the kubelet. */
export interface RegisteredSocket {
  /** On the node. */
  readonly onNode: string;
  /** In the container. */
  readonly address: string;
}

/** Tells the kubelet of the driver. */
export function registrar(
  parts: Parts,
  mounts: readonly HostMount[],
  { onNode, address }: RegisteredSocket,
  more: readonly string[] = [],
): Container {
  const { image, command } = parts.spec.registrar;
  return {
    name: 'driver-registrar',
    image,
    ...(command === undefined ? {} : { command: [...command] }),
    args: [
      flag('v', parts.spec.logLevel),
      `--kubelet-registration-path=${onNode}`,
      `--csi-address=${address}`,
      ...more,
    ],
    ...sidecar(parts, mounts),
    resources: parts.spec.resources.registrar,
  };
}

/** Makes volumes of claims whose pods were sent to this node, and tells the scheduler of its capacity. */
export function provisioner(parts: Parts, mounts: readonly HostMount[]): Container {
  const { spec } = parts;
  const probe = { httpGet: { path: '/metrics', port: metrics.name }, timeoutSeconds: 5 };
  return {
    name: 'external-provisioner',
    image: spec.provisionerImage,
    args: [
      flag('v', spec.logLevel),
      `--csi-address=${socketInPod}`,
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
    env: [field('NODE_NAME', 'spec.nodeName'), ...capacityOwner],
    ports: [{ name: metrics.name, containerPort: metrics.number }],
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 300 },
    ...sidecar(parts, mounts),
    resources: spec.resources.provisioner,
  };
}

/**
 * Has volumes grown whose claims ask for more. One of all nodes does so for the
 * whole cluster; it asks no driver, but leaves it to the kubelet of the node.
 */
export function resizer(parts: Parts, image: string, mounts: readonly HostMount[]): Container {
  const { spec } = parts;
  const probe = { httpGet: { path: '/healthz/leader-election', port: resizerPort.name }, timeoutSeconds: 5 };
  return {
    name: 'external-resizer',
    image,
    args: [
      flag('v', spec.logLevel),
      `--csi-address=${socketInPod}`,
      '--leader-election',
      '--leader-election-namespace=$(NAMESPACE)',
      // Volumes grow while pods use them.
      '--handle-volume-inuse-error=false',
      `--http-endpoint=:${resizerPort.number}`,
    ],
    env: [{ name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }],
    ports: [{ name: resizerPort.name, containerPort: resizerPort.number }],
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 300 },
    ...sidecar(parts, mounts),
    resources: spec.resources.resizer,
  };
}

/** What all sidecars have: they speak to the socket of a driver that runs as root. */
export function sidecar({ spec }: Parts, mounts: readonly HostMount[]) {
  return {
    imagePullPolicy: spec.imagePullPolicy,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: rootWithoutCapabilities,
    volumeMounts: mounts.map(volumeMountOf),
  } as const;
}
