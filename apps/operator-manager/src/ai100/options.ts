import { type ConfigOf, defineOptions } from '@rackwright/service';
import { agentImageOption, type SharedConfig } from '../options.ts';

/** Options of the AidaptivCache controller. */
export const ai100Options = defineOptions({
  ai100DevicePluginImage: agentImageOption('ai100-device-plugin', 'AI100_DEVICE_PLUGIN_IMAGE'),
  nvmeExporterImage: agentImageOption('nvme-exporter', 'NVME_EXPORTER_IMAGE'),
  ai100DevicePluginRole: {
    flag: 'ai100-device-plugin-role',
    type: 'string',
    default: 'aidaptivcache-operator-ai100-device-plugin',
    description: 'ClusterRole that AI100 device plugins are bound to; it comes with the installation.',
  },
  ai100DevicePluginNamespaceRole: {
    flag: 'ai100-device-plugin-namespace-role',
    type: 'string',
    default: 'aidaptivcache-operator-ai100-device-plugin-namespace',
    description:
      'ClusterRole of their rights in the namespace where they run; it comes with the installation.',
  },
});

/** What the AidaptivCache controller reads of the configuration. */
export type Ai100Config = SharedConfig & ConfigOf<typeof ai100Options>;
