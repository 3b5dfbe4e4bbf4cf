import { defaultSwitchIdMask, switchId } from '@rackwright/hardware-cxi';
import { agentOptions, type ConfigOf, defineOptions } from '@rackwright/service';

const tooShort = (ms: number): string | undefined => (ms < 1000 ? 'is shorter than 1s' : undefined);

/** Options of the driver-agent; the environment twins are those of the older agent. */
export const options = defineOptions({
  ...agentOptions,
  nodeName: { ...agentOptions.nodeName, required: true },
  healthPort: {
    flag: 'health-port',
    type: 'port',
    default: 8081,
    description: 'Port of /healthz, /readyz, /status and /metrics.',
  },
  driverSource: {
    flag: 'driver-source',
    env: 'DRIVER_SOURCE_TYPE',
    type: 'string',
    default: 'preinstalled',
    choices: ['preinstalled', 'dkms', 'prebuilt'],
    description: 'Where the kernel driver comes from; only preinstalled is served so far.',
  },
  driverVersion: {
    flag: 'driver-version',
    env: 'CXI_DRIVER_VERSION',
    type: 'string',
    default: '',
    description: 'Driver version that is wanted; shown in /status.',
  },
  pollInterval: {
    flag: 'poll-interval',
    type: 'duration',
    default: '30s',
    description: 'Time between two verifications without a cause.',
    validate: tooShort,
  },
  heartbeatInterval: {
    flag: 'heartbeat-interval',
    type: 'duration',
    default: '5m',
    description: 'Time after which an unchanged CXIDevice status is written again.',
    validate: tooShort,
  },
  forgetAfter: {
    flag: 'forget-after',
    type: 'duration',
    default: '10m',
    description: 'Time the CXIDevice of a vanished NIC stays, Unhealthy, before it is deleted.',
  },
  switchIdMask: {
    flag: 'switch-id-mask',
    type: 'integer',
    default: `0x${defaultSwitchIdMask.toString(16)}`,
    description: 'Bits of the fabric address that name the switch.',
    validate: refuseMask,
  },
  requireRetryHandler: {
    flag: 'require-retry-handler',
    type: 'boolean',
    default: false,
    description: 'A NIC without a running retry handler is unhealthy.',
  },
  debounce: {
    flag: 'debounce',
    env: 'DEBOUNCE',
    type: 'duration',
    default: '1s',
    description: 'How long a NIC that was unhealthy must stay well before it is healthy again.',
  },
  namespace: hidden('namespace', 'NAMESPACE'),
  dkmsSourceUrl: hidden('dkms-source-url'),
  dkmsTag: hidden('dkms-tag', 'DKMS_TAG'),
  prebuiltUrl: hidden('prebuilt-url'),
});

export type DriverAgentConfig = ConfigOf<typeof options>;

/** Flags of the older agent that are accepted and mean nothing yet. */
export const unusedOptions = ['dkmsSourceUrl', 'dkmsTag', 'prebuiltUrl'] as const;

function hidden<F extends string>(flag: F, env?: string) {
  return {
    flag,
    ...(env === undefined ? {} : { env }),
    type: 'string',
    hidden: true,
    description: 'Accepted from installations of the older agent.',
  } as const;
}

function refuseMask(mask: number): string | undefined {
  try {
    switchId(0, mask);
    return undefined;
  } catch {
    return 'is not within 1 and 0xfffff';
  }
}
