import { defineOptions } from '@rackwright/service';

const socket = (text: string): string | undefined =>
  /^(unix:\/\/)?\/./.test(text) ? undefined : 'must be the path of a socket, such as /csi/csi.sock';

/** Flags of Kubernetes' node-driver-registrar that mean something here. */
export const registrarOptions = defineOptions({
  csiAddress: {
    flag: 'csi-address',
    type: 'string',
    default: '/run/csi/socket',
    description: "The driver's socket, as this container sees it.",
    validate: socket,
  },
  kubeletRegistrationPath: {
    flag: 'kubelet-registration-path',
    type: 'string',
    required: true,
    description: "The driver's socket, as the kubelet sees it.",
    validate: socket,
  },
  pluginRegistrationPath: {
    flag: 'plugin-registration-path',
    type: 'string',
    default: '/registration',
    description: "The kubelet's plugins_registry, as this container sees it.",
  },
  timeout: {
    flag: 'timeout',
    type: 'duration',
    default: '1s',
    description: 'How long one call of the driver may take.',
  },
  httpEndpoint: {
    flag: 'http-endpoint',
    type: 'string',
    default: '',
    description: 'Where health is served, such as :9809; empty for nowhere.',
  },
  verbosity: {
    flag: 'v',
    type: 'integer',
    default: 0,
    description: 'How much is logged: 5 and more is --log-level=debug.',
  },
});
