import type { Sharing } from '@rackwright/kubelet';
import { type ConfigOf, defineOptions } from '@rackwright/service';

/** Where HPE's plugin looks for its CDI specification when `-enable-cdi` names none. */
const defaultCdiFile = '/etc/cdi/hpe.com-cxi.yaml';

/** What HPE's own device plugin accepts, so that its DaemonSet starts ours unchanged. */
export const hpeOptions = defineOptions({
  pulse: {
    flag: 'pulse',
    type: 'integer',
    hidden: true,
    description: 'HPE: seconds between health checks. Here: between full scans; health is always watched.',
    validate: (value) => (value >= 0 && value <= 86_400 ? undefined : 'must be within 0 and 86400'),
  },
  enableCdi: {
    flag: 'enable-cdi',
    type: 'string',
    hidden: true,
    description: 'HPE: file whose CDI edits are copied into the answer to the kubelet.',
    validate: (value) =>
      /^\/.+\/[^/]+\.ya?ml$/.test(value) ? undefined : 'must be the absolute path of a .yaml file',
  },
  virtualDevices: {
    flag: 'virtual-devices',
    env: 'CXI_VIRTUAL_DEVICES',
    type: 'integer',
    hidden: true,
    description: 'HPE: device ids per NIC; 0 and 1 mean one pod at a time.',
    validate: (value) => (value >= 0 && value <= 10_000 ? undefined : 'must be within 0 and 10000'),
  },
  logtostderr: { flag: 'logtostderr', type: 'boolean', hidden: true, description: 'HPE: ignored.' },
  stderrthreshold: { flag: 'stderrthreshold', type: 'string', hidden: true, description: 'HPE: ignored.' },
  verbosity: { flag: 'v', type: 'string', hidden: true, description: 'HPE: ignored; see --log-level.' },
});

/**
 * Completes `-enable-cdi` without a file. HPE's plugin takes its value only
 * after `=`, which tells a bare flag from one with a value.
 */
export function completeArguments(argv: readonly string[]): string[] {
  return argv.map((argument) =>
    /^--?enable-cdi$/.test(argument) ? `${argument}=${defaultCdiFile}` : argument,
  );
}

/** Sharing as HPE's options ask for it, or undefined if none of them is given. */
export function hpeSharing(config: ConfigOf<typeof hpeOptions>): Sharing | undefined {
  const { pulse, enableCdi, virtualDevices } = config;
  if (pulse === undefined && enableCdi === undefined && virtualDevices === undefined) return undefined;
  const perNic = virtualDevices ?? 0;
  return perNic > 1 ? { mode: 'shared', capacity: perNic } : { mode: 'exclusive' };
}
