import { cxi } from '@rackwright/keys';
import { containerHostRoot } from '@rackwright/manager';
import { type AgentBuilder, flag, imageOf } from './agent.ts';
import { descriptors } from './descriptors.ts';

const descriptor = descriptors[cxi.component.retryHandler];

/** One supervisor of retry handlers per node, in mode daemonset. */
export const retryHandler: AgentBuilder = ({ spec }, settings) => {
  const { enabled, mode, daemonset = {}, image, conf, onCrash } = spec.retryHandler;
  if (!enabled || mode !== 'daemonset') return undefined;
  return {
    descriptor,
    image: imageOf(image, settings, descriptor.component),
    args: [
      flag('host-root', containerHostRoot),
      flag('node-root', settings.hostRoot),
      flag('mode', 'supervisor'),
      flag('cxi-rh-path', '/usr/bin/cxi_rh'),
      flag('conf', conf ?? ''),
      flag('on-crash', onCrash),
      flag('health-port', descriptor.port.number),
    ],
    resources: daemonset.resources,
    nodeSelector: daemonset.nodeSelector,
    tolerations: daemonset.tolerations,
    // A new pod stops every cxi_rh of its node, so by default the node decides when.
    updateStrategy: { type: daemonset.updateStrategy ?? 'OnDelete' },
  };
};
