import { absolutePath, defineOptions } from '@rackwright/service';

/** Options of the servers every control-plane app has: metrics and probes. Names are those of older operators. */
export const serverOptions = defineOptions({
  metricsBindAddress: {
    flag: 'metrics-bind-address',
    env: 'METRICS_BIND_ADDRESS',
    type: 'string',
    default: '0',
    description: 'Address that serves /metrics, such as :8443; 0 serves none.',
  },
  metricsSecure: {
    flag: 'metrics-secure',
    type: 'boolean',
    default: false,
    description:
      'Serve metrics over HTTPS, and only to accounts that may get /metrics, as the API server says.',
  },
  metricsCertPath: {
    flag: 'metrics-cert-path',
    type: 'string',
    description:
      'Folder with the certificate of secure metrics, read again when it is renewed; left out, one that signs itself is made.',
    validate: absolutePath,
  },
  metricsCertName: {
    flag: 'metrics-cert-name',
    type: 'string',
    default: 'tls.crt',
    description: 'File of the certificate in that folder.',
  },
  metricsCertKey: {
    flag: 'metrics-cert-key',
    type: 'string',
    default: 'tls.key',
    description: 'File of its key in that folder.',
  },
  healthProbeBindAddress: {
    flag: 'health-probe-bind-address',
    env: 'HEALTH_PROBE_BIND_ADDRESS',
    type: 'string',
    default: ':8081',
    description: 'Address that serves /healthz and /readyz; 0 serves none.',
  },
});
