import { cxi, kubernetes } from '@rackwright/keys';
import { containerHostRoot } from '@rackwright/manager';
import { type AgentBuilder, flag, imageOf } from './agent.ts';
import { descriptors } from './descriptors.ts';

const descriptor = descriptors[cxi.component.metricsExporter];

/** Shows the NICs of a node to Prometheus. */
export const metricsExporter: AgentBuilder = ({ spec }, settings) => {
  const { enabled, port, telemetry, image, resources } = spec.metricsExporter;
  if (!enabled) return undefined;
  return {
    ...{ descriptor, port, resources },
    image: imageOf(image, settings, descriptor.component),
    args: [
      flag('host-root', containerHostRoot),
      flag('metrics-port', port),
      flag('switch-id-mask', spec.driverAgent.switchIdMask),
      flag('require-retry-handler', spec.devicePlugin.requireRetryHandler),
      ...(telemetry === undefined ? [] : [flag('telemetry', telemetry.join(',') || 'none')]),
    ],
    podAnnotations: {
      [kubernetes.annotation.prometheusScrape]: 'true',
      [kubernetes.annotation.prometheusPort]: String(port),
      [kubernetes.annotation.prometheusPath]: '/metrics',
    },
  };
};
