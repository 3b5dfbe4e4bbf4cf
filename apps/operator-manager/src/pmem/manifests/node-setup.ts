import { pmem } from '@rackwright/keys';
import type { DaemonSet } from '@rackwright/kube';
import { volumeMountOf, volumeOf } from '@rackwright/manager';
import { driverDescriptor, hardwareFolders } from '../descriptors.ts';
import { nameOf, ownedMeta, partLabels, prefixOf, selectorLabels } from './identity.ts';
import { nodeNameVariable } from './node.ts';
import { driverContainer, flag, type Parts, podTemplate } from './pod.ts';

const part = pmem.part.nodeSetup;

/** Converts raw namespaces on nodes whose label asks for it. */
export function nodeSetupDaemonSet(parts: Parts): DaemonSet {
  const { owner, spec, settings } = parts;
  const { deployment, namespace } = owner;
  const mounts = hardwareFolders(settings.hostRoot);
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      ...ownedMeta(owner, `${prefixOf(deployment)}-node-setup`, partLabels(owner, part)),
      namespace,
    },
    spec: {
      selector: { matchLabels: selectorLabels(deployment, part) },
      template: podTemplate(parts, part, {
        nodeSelector: { [`${nameOf(deployment)}/${pmem.label.convertRawNamespaces}`]: 'force' },
        containers: [
          driverContainer(parts, {
            args: [
              flag('v', spec.logLevel),
              flag('logging-format', spec.logFormat),
              flag('mode', 'force-convert-raw-namespaces'),
              flag('nodeSelector', JSON.stringify(spec.nodeSelector)),
              flag('nodeid', '$(KUBE_NODE_NAME)'),
              flag('drivername', nameOf(deployment)),
            ],
            env: [nodeNameVariable],
            resources: spec.resources.controller,
            securityContext: driverDescriptor.privileges.securityContext,
            volumeMounts: mounts.map(volumeMountOf),
          }),
        ],
        volumes: mounts.map(volumeOf),
      }),
    },
  };
}
