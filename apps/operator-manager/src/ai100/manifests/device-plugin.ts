import { ai100 } from '@rackwright/keys';
import { containerHostRoot } from '@rackwright/manager';
import { ai100Descriptors, pluginDir } from '../descriptors.ts';
import { type AgentBuilder, imageOf } from './agent.ts';
import { flag } from './flag.ts';
import { pluginFlags } from './plugin-flags.ts';

const descriptor = ai100Descriptors[ai100.component.devicePlugin];

/** Makes the cache of a node and offers it to its kubelet. */
export const devicePlugin: AgentBuilder = ({ spec }, settings) => {
  const { image, resources, env } = spec.devicePlugin;
  return {
    ...{ descriptor, resources, env },
    image: imageOf(image, settings, descriptor.component),
    args: [
      flag('host-root', containerHostRoot),
      flag('node-root', settings.hostRoot),
      flag('kubelet-dir', pluginDir(settings)),
      flag('health-port', descriptor.port.number),
      flag('cluster-id', settings.clusterId),
      ...pluginFlags(spec),
      // What the user says last wins.
      ...spec.devicePlugin.arguments,
    ],
  };
};
