import { cxi } from '@rackwright/keys';
import type { ManagerConfig } from '@rackwright/manager';
import type { ConfigOf } from '@rackwright/service';
import type { CxiSettings } from './cxidriver/settings.ts';
import type { managerOptions } from './options.ts';

/** What the flags of the operator say. */
export type OperatorConfig = Omit<ConfigOf<typeof managerOptions>, 'controllers'> & ManagerConfig;

/** What the flags say about CXIDrivers. */
export function cxiSettings(config: OperatorConfig, version: string): CxiSettings {
  const { component } = cxi;
  const image = (given: string | undefined, name: string): string =>
    given ?? `${config.imageRegistry}/${name}:${config.imageTag ?? version}`;
  return {
    namespace: config.namespace,
    images: {
      [component.driverAgent]: image(config.driverAgentImage, 'driver-agent'),
      [component.devicePlugin]: image(config.devicePluginImage, 'cxi-device-plugin'),
      [component.retryHandler]: image(config.retryHandlerImage, 'retry-handler'),
      [component.metricsExporter]: image(config.metricsExporterImage, 'cxi-metrics-exporter'),
    },
    allowedImages: config.allowedImages,
    imagePullSecrets: config.imagePullSecrets,
    architectures: config.agentArchitectures,
    seLinuxType: config.agentSelinuxType,
    hostRoot: config.hostRoot,
    kubeletDir: config.kubeletDir,
    driverAgentRole: config.driverAgentRole,
  };
}
