import type { CxiDriverSpec } from '@rackwright/api';
import { cxi } from '@rackwright/keys';
import { containerHostRoot } from '@rackwright/manager';
import { type AgentBuilder, flag, imageOf } from './agent.ts';
import { cdiDir, descriptors, libraries, pluginDir, podResourcesDir } from './descriptors.ts';

const descriptor = descriptors[cxi.component.devicePlugin];

/** Offers the NICs of a node to its kubelet. */
export const devicePlugin: AgentBuilder = ({ spec }, settings) => {
  const { enabled, image, allocateMode, resources } = spec.devicePlugin;
  if (!enabled) return undefined;
  return {
    descriptor,
    image: imageOf(image, settings, descriptor.component),
    args: [
      flag('host-root', containerHostRoot),
      flag('node-root', settings.hostRoot),
      ...pluginFlags(spec.devicePlugin),
      flag('kubelet-dir', pluginDir(settings)),
      flag('pod-resources-socket', `${podResourcesDir}/kubelet.sock`),
      flag('health-port', descriptor.port.number),
    ],
    purposes: allocateMode === 'device-nodes' ? [] : [libraries],
    resources,
  };
};

function pluginFlags(plugin: CxiDriverSpec['devicePlugin']): string[] {
  return [
    flag('resource-name', plugin.resourceName),
    flag('legacy-resource-name', plugin.legacyResourceName),
    flag('sharing-mode', plugin.sharingMode),
    flag('shared-capacity', plugin.sharedCapacity),
    flag('allocate-mode', plugin.allocateMode),
    flag('require-retry-handler', plugin.requireRetryHandler),
    flag('cdi-dir', cdiDir),
  ];
}
