import { telemetryProblem } from '@rackwright/core';
import { defaultSwitchIdMask } from '@rackwright/hardware-cxi';
import { agentOptions, defineOptions } from '@rackwright/service';

/** What the exporter can be told. */
export const options = defineOptions({
  ...agentOptions,
  metricsPort: {
    flag: 'metrics-port',
    env: 'METRICS_PORT',
    type: 'port',
    default: 9090,
    description: 'Port of /metrics, /healthz and /readyz.',
  },
  telemetry: {
    flag: 'telemetry',
    env: 'TELEMETRY',
    type: 'list',
    default: ['default'],
    description:
      'Which files of device/telemetry are exported: all, none, or names, among which default stands for the useful ones.',
    validate: telemetryProblem,
  },
  sourceDeadline: {
    flag: 'source-deadline',
    env: 'SOURCE_DEADLINE',
    type: 'duration',
    default: '5s',
    description: 'How long one source may take before a scrape goes on without it.',
    validate: (ms) => (ms > 0 ? undefined : 'must be longer than 0'),
  },
  switchIdMask: {
    flag: 'switch-id-mask',
    env: 'SWITCH_ID_MASK',
    type: 'integer',
    default: defaultSwitchIdMask,
    description: 'Bits of a fabric address that name the switch.',
    validate: (mask) => (mask > 0 && mask <= 0xfffff ? undefined : 'must be within 1 and 0xfffff'),
  },
  requireRetryHandler: {
    flag: 'require-retry-handler',
    env: 'REQUIRE_RETRY_HANDLER',
    type: 'boolean',
    default: false,
    description: 'Whether a physical NIC without a running retry handler counts as unhealthy.',
  },
  debounce: {
    flag: 'debounce',
    env: 'DEBOUNCE',
    type: 'duration',
    default: '1s',
    description: 'How long a NIC that was unhealthy must stay well before it is healthy again.',
  },
  scrapeInterval: {
    flag: 'scrape-interval',
    type: 'duration',
    description: 'Ignored: values are read when they are scraped.',
  },
  retryHandlerUrl: {
    flag: 'retry-handler-url',
    type: 'string',
    description: 'Ignored: the state of the retry handlers is read from the host.',
  },
});
