import { aidaptivCache } from '@rackwright/keys';
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
  handshakeBindAddress: {
    flag: 'handshake-bind-address',
    type: 'string',
    default: '0',
    description:
      'Address that takes the handshakes of exporters over TLS, such as :9443; with 0 they make none.',
  },
  handshakeService: {
    flag: 'handshake-service',
    type: 'string',
    default: aidaptivCache.handshake.service,
    description: 'Name of the Service that leads there; it comes with the installation.',
  },
  handshakePort: {
    flag: 'handshake-port',
    type: 'port',
    default: aidaptivCache.handshake.port,
    description: 'Port of that Service.',
  },
  handshakeCheckInterval: {
    flag: 'handshake-check-interval',
    type: 'duration',
    default: '10s',
    description:
      'Time between two looks at the certificate of handshakes; less than 1s counts as that, more than 1h as that.',
  },
});

/** What the AidaptivCache controller reads of the configuration. */
export type Ai100Config = SharedConfig & ConfigOf<typeof ai100Options>;
