import { agentOptions, defineOptions } from '@rackwright/service';

const notEmpty = (value: string): string | undefined => (value === '' ? 'must not be empty' : undefined);

/** Flags of the app. */
export const options = defineOptions({
  ...agentOptions,
  mode: {
    flag: 'mode',
    env: 'RETRY_HANDLER_MODE',
    type: 'string',
    default: 'supervisor',
    choices: ['supervisor', 'single'],
    description: 'Care for every physical NIC of the node, or for the one named by --device.',
  },
  device: {
    flag: 'device',
    env: 'CXI_DEVICE',
    type: 'string',
    description: 'The NIC of --mode=single, for example cxi0.',
    validate: (value) => (/^cxi\d+$/.test(value) ? undefined : 'must be a name like cxi0, not a path'),
  },
  cxiRhPath: {
    flag: 'cxi-rh-path',
    env: 'CXI_RH_PATH',
    type: 'string',
    default: '/usr/bin/cxi_rh',
    description: 'The cxi_rh program of the host; its path there, or below --host-root.',
    validate: notEmpty,
  },
  conf: {
    flag: 'conf',
    env: 'CXI_RH_CONF',
    type: 'string',
    default: '',
    description: 'Configuration file on the host, given to cxi_rh; empty for its own default.',
  },
  nodeRoot: {
    flag: 'node-root',
    env: 'NODE_ROOT',
    type: 'string',
    default: '/',
    description:
      "The host tree's path on the node, put before --cxi-rh-path and --conf in the node's mount namespace.",
    validate: (value) => (value.startsWith('/') ? undefined : 'must be an absolute path'),
  },
  onCrash: {
    flag: 'on-crash',
    env: 'ON_CRASH',
    type: 'string',
    default: 'markUnhealthy',
    choices: ['markUnhealthy', 'restart'],
    description: 'What follows when a handler dies: the NIC is unhealthy until a reboot, or a new handler.',
  },
  maxRestarts: {
    flag: 'max-restarts',
    env: 'MAX_RESTARTS',
    type: 'integer',
    default: 10,
    description: 'Crashes in a row after which --on-crash=restart gives up; 0 for never.',
    validate: (value) => (value < 0 ? 'must not be negative' : undefined),
  },
  stopGrace: {
    flag: 'stop-grace',
    env: 'STOP_GRACE',
    type: 'duration',
    default: '10s',
    description: 'Time between SIGTERM and SIGKILL when a handler is stopped.',
  },
  healthPort: {
    flag: 'health-port',
    env: 'HEALTH_PORT',
    type: 'port',
    default: 8080,
    description: 'Port of /healthz, /readyz, /status and /metrics.',
  },
  discover: {
    flag: 'discover',
    type: 'string',
    hidden: true,
    description: 'Accepted from older operators; NICs are always discovered.',
  },
});
