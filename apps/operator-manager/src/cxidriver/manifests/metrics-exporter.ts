import { cxi, kubernetes } from '@rackwright/keys';
import { type AgentBuilder, flag, imageOf, ordinaryUser } from './agent.ts';
import { containerHostRoot, hostTree } from './host-mounts.ts';

/** The exporter needs no root: sysfs shows it enough, and cxi_rh mounts its statistics for every user. */
export const metricsExporter: AgentBuilder = ({ spec }, settings) => {
  const { enabled, port, telemetry, image, resources } = spec.metricsExporter;
  if (!enabled) return undefined;
  const host = hostTree(settings.hostRoot);
  return {
    component: cxi.component.metricsExporter,
    image: imageOf(image, settings, cxi.component.metricsExporter),
    args: [
      flag('host-root', containerHostRoot),
      flag('metrics-port', port),
      flag('switch-id-mask', spec.driverAgent.switchIdMask),
      flag('require-retry-handler', spec.devicePlugin.requireRetryHandler),
      ...(telemetry === undefined ? [] : [flag('telemetry', telemetry.join(',') || 'none')]),
    ],
    port: { name: 'metrics', number: port },
    podAnnotations: {
      [kubernetes.annotation.prometheusScrape]: 'true',
      [kubernetes.annotation.prometheusPort]: String(port),
      [kubernetes.annotation.prometheusPath]: '/metrics',
    },
    hostMounts: [
      host.folder('/sys', { readOnly: true }),
      host.folder('/proc', { readOnly: true }),
      host.retryHandlerStatistics('HostToContainer'),
      host.state({ readOnly: true }),
    ],
    resources: resources ?? {
      requests: { cpu: '10m', memory: '40Mi' },
      limits: { cpu: '500m', memory: '128Mi' },
    },
    securityContext: ordinaryUser,
  };
};
