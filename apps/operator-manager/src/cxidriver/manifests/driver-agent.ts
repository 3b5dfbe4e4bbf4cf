import { cxi } from '@rackwright/keys';
import { containerHostRoot } from '@rackwright/manager';
import { type AgentBuilder, flag, imageOf } from './agent.ts';
import { descriptors } from './descriptors.ts';

const descriptor = descriptors[cxi.component.driverAgent];

/** Verifies the driver of a node and tells of its NICs. */
export const driverAgent: AgentBuilder = ({ spec }, settings) => ({
  descriptor,
  image: imageOf(spec.driverAgent.image, settings, descriptor.component),
  args: [
    flag('host-root', containerHostRoot),
    flag('namespace', settings.namespace),
    flag('driver-source', spec.source.type),
    flag('driver-version', spec.version),
    flag('switch-id-mask', spec.driverAgent.switchIdMask),
    flag('require-retry-handler', spec.devicePlugin.requireRetryHandler),
    flag('health-port', descriptor.port.number),
  ],
  resources: spec.driverAgent.resources,
});
