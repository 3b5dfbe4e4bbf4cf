import { type ConfigOf, defineOptions } from '@rackwright/service';
import { agentImageOption, type SharedConfig } from '../options.ts';

/** Options of the CXIDriver controller. Names of the older operator are kept. */
export const cxiOptions = defineOptions({
  driverAgentImage: agentImageOption('driver-agent', 'DRIVER_AGENT_IMAGE'),
  devicePluginImage: agentImageOption('device-plugin', 'DEVICE_PLUGIN_IMAGE'),
  retryHandlerImage: agentImageOption('retry-handler', 'RETRY_HANDLER_IMAGE'),
  metricsExporterImage: agentImageOption('metrics-exporter', 'METRICS_EXPORTER_IMAGE'),
  allowedImages: {
    flag: 'allowed-images',
    type: 'list',
    default: [],
    description: 'Prefixes an image named in a CXIDriver must have one of; every image when left out.',
  },
  driverAgentRole: {
    flag: 'driver-agent-role',
    type: 'string',
    default: 'slingshot-operator-driver-agent',
    description: 'ClusterRole that driver agents are bound to; it comes with the installation.',
  },
});

/** What the CXIDriver controller reads of the configuration. */
export type CxiConfig = SharedConfig & ConfigOf<typeof cxiOptions>;
