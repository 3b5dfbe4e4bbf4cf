import { posix } from 'node:path';
import { pmem } from '@rackwright/keys';
import type { Container, DaemonSet } from '@rackwright/kube';
import { type HostMount, volumeMountOf, volumeOf } from '@rackwright/manager';
import { driverDescriptor, driverFolders, metricsPort, nodeFolders } from '../../descriptors.ts';
import { nodeNameVariable } from '../../manifests/node.ts';
import { driverContainer, flag, metricsProbe, type Parts } from '../../manifests/pod.ts';
import { registrar } from '../../manifests/sidecars.ts';
import { certificateFlags, certificateMounts, certificateVolumes } from './certificate-volumes.ts';
import { namesOf, namespacedMeta, partTemplate, podSelector } from './identity.ts';
import { registryPort } from './services.ts';

const part = pmem.part.node;
/** Port at which the controller calls the driver on a node. */
const nodeControllerPort = 10_001;
/** Where the registrar has the driver's folder. */
const registrarFolder = '/pmem-csi';
const socketName = 'csi.sock';

/** The driver on nodes: it registers with the controller, makes volumes when asked to and mounts them. */
export function olderNode(parts: Parts): DaemonSet {
  const { owner, spec, settings } = parts;
  const { hostRoot } = settings;
  const layout = { hostRoot, kubeletDir: spec.kubeletDir, cdiDir: '' };
  const { state, registration } = driverFolders(layout, owner.driver);
  const mounts = [state, ...nodeFolders(layout)];
  const volumes = new Map([registration, ...mounts].map((mount) => [mount.name, volumeOf(mount)]));
  const socket = {
    onNode: posix.join(state.path, socketName),
    address: posix.join(registrarFolder, socketName),
  };
  const { propagation: _, ...stateFolder } = state;
  const registrarState: HostMount = { ...stateFolder, mountPath: registrarFolder };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: namespacedMeta(owner, namesOf(owner).node, part),
    spec: {
      selector: { matchLabels: podSelector(owner, part) },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: spec.maxUnavailable } },
      template: partTemplate(parts, part, {
        priorityClassName: 'system-node-critical',
        nodeSelector: { ...spec.nodeSelector },
        // It asks the API server for nothing.
        automountServiceAccountToken: false,
        containers: [driver(parts, mounts), registrar(parts, [registrarState, registration], socket)],
        volumes: [...volumes.values(), ...certificateVolumes(owner, 'nodeController')],
      }),
    },
  };
}

function driver(parts: Parts, mounts: readonly HostMount[]): Container {
  const { owner, spec } = parts;
  const state = `/var/lib/${owner.driver}`;
  return driverContainer(parts, {
    args: [
      flag('deviceManager', spec.deviceMode),
      flag('v', spec.logLevel),
      flag('drivername', owner.driver),
      flag('mode', 'node'),
      flag('endpoint', `unix://${state}/${socketName}`),
      flag('nodeid', '$(KUBE_NODE_NAME)'),
      flag('controllerEndpoint', `tcp://$(KUBE_POD_IP):${nodeControllerPort}`),
      flag('registryEndpoint', `tcp://${namesOf(owner).controller}:${registryPort.number}`),
      flag('statePath', state),
      flag('pmemPercentage', spec.pmemPercentage),
      flag('metricsListen', `:${metricsPort.number}`),
      ...certificateFlags('nodeController'),
    ],
    env: [nodeNameVariable, { name: 'KUBE_POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    ports: [
      { name: metricsPort.name, containerPort: metricsPort.number },
      { name: 'node-controller', containerPort: nodeControllerPort },
    ],
    livenessProbe: metricsProbe('/metrics/simple', { periodSeconds: 10, failureThreshold: 6 }),
    startupProbe: metricsProbe('/metrics/simple', { periodSeconds: 1, failureThreshold: 300 }),
    resources: spec.resources.node,
    securityContext: driverDescriptor.privileges.securityContext,
    volumeMounts: [...mounts.map(volumeMountOf), ...certificateMounts('nodeController')],
  });
}
