import { cxi } from '@rackwright/keys';
import { type AgentBuilder, flag, imageOf, powerlessRoot } from './agent.ts';
import { containerHostRoot, hostTree } from './host-mounts.ts';

/**
 * The driver agent reads what it verifies, and some of sysfs is for root only.
 * It needs no capability while it does not load modules itself.
 */
export const driverAgent: AgentBuilder = ({ spec }, settings) => {
  const host = hostTree(settings.hostRoot);
  return {
    component: cxi.component.driverAgent,
    image: imageOf(spec.driverAgent.image, settings, cxi.component.driverAgent),
    args: [
      flag('host-root', containerHostRoot),
      flag('namespace', settings.namespace),
      flag('driver-source', spec.source.type),
      flag('driver-version', spec.version),
      flag('switch-id-mask', spec.driverAgent.switchIdMask),
      flag('require-retry-handler', spec.devicePlugin.requireRetryHandler),
      flag('health-port', 8081),
    ],
    port: { name: 'health', number: 8081 },
    hostMounts: [
      host.folder('/sys', { readOnly: true }),
      host.folder('/proc', { readOnly: true }),
      host.folder('/dev', { readOnly: true }),
      host.retryHandlerStatistics('HostToContainer'),
      host.state(),
    ],
    resources: spec.driverAgent.resources ?? {
      requests: { cpu: '10m', memory: '40Mi' },
      limits: { cpu: '200m', memory: '128Mi' },
    },
    securityContext: powerlessRoot,
    apiAccess: true,
  };
};
