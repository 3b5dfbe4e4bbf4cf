import { HwError } from '@rackwright/core';
import { defaultAi100Pattern, type SelectionRules } from '@rackwright/hardware-nvme';
import { isDevice } from './options/checks.ts';
import type { AgentConfig } from './options/index.ts';

/** What the flags come to, those of the older plugin considered. */
export interface Settings {
  readonly selection: SelectionRules;
  /** Where the cache is mounted on the host, and in containers. */
  readonly hostPath: string;
  readonly podPath: string;
  /** A block device that is mounted as it is, in place of a cache that is made. */
  readonly readyMadeDevice?: string;
  /** What people who gave the flags should know. */
  readonly notices: readonly string[];
}

/** Where a ready-made device is mounted; the older plugin's users expect it there. */
const defaultHostPath = '/mnt/nvme0';

/**
 * Puts the flags together: those of the older plugin win over the others.
 *
 * @throws HwError InvalidArgument when flags do not fit together
 */
export function settings(config: AgentConfig): Settings {
  refuseContradictions(config);
  const { olderHostPath, olderPodPath, olderFirmware, skipFirmwareCheck = false } = config;
  const device = olderHostPath !== undefined && isDevice(olderHostPath) ? olderHostPath : undefined;
  const hostPath = device === undefined ? (olderHostPath ?? config.cacheHostPath) : defaultHostPath;
  return {
    selection: selectionOf(config),
    hostPath,
    podPath: olderPodPath ?? (config.cachePodPath || hostPath),
    ...(device !== undefined && { readyMadeDevice: device }),
    notices:
      skipFirmwareCheck && olderFirmware !== undefined
        ? ['-f has no effect beside -skip_firmware_check: no firmware is checked']
        : [],
  };
}

function selectionOf(config: AgentConfig): SelectionRules {
  const { olderFirmware, skipFirmwareCheck = false, pciVendors, allowSerials, denySerials } = config;
  return {
    rule: {
      match: skipFirmwareCheck ? 'AnyNvme' : config.match,
      modelPattern: new RegExp(config.modelPattern || defaultAi100Pattern, 'i'),
      pciVendors: pciVendors.map((vendor) => vendor.toLowerCase()),
      allowSerials,
      denySerials,
    },
    firmwareCheck: skipFirmwareCheck ? 'Skip' : firmwareCheckOf(config),
    firmwareAllowed: olderFirmware ?? config.firmware,
  };
}

/** Who names the firmware wants it checked. */
function firmwareCheckOf({ olderFirmware, firmwareCheck }: AgentConfig): SelectionRules['firmwareCheck'] {
  return olderFirmware !== undefined && firmwareCheck === 'Skip' ? 'Enforce' : firmwareCheck;
}

function refuseContradictions(config: AgentConfig): void {
  const refuse = (field: string, why: string): never => {
    throw new HwError('InvalidArgument', `${field} ${why}`, { field });
  };
  if (config.healthCommandTimeout >= config.healthPoll)
    refuse('--health-command-timeout', 'must be shorter than --health-poll');
  if (config.cacheExpectedDevices !== 0 && config.cacheExpectedDevices < config.cacheMinDevices)
    refuse('--cache-expected-devices', 'must be 0 or at least --cache-min-devices');
  const both = config.allowSerials.find((serial) => config.denySerials.includes(serial));
  if (both !== undefined) refuse('--allow-serials', `and --deny-serials both name ${both}`);
  if (config.recoveryActions.includes('Rebuild') && config.cacheDataPolicy !== 'Ephemeral')
    refuse(
      '--recovery-actions',
      'Rebuild needs --cache-data-policy=Ephemeral: it gives the data of the cache up',
    );
  if (config.injection === 'CDI' && config.cacheLayout !== 'Striped')
    refuse(
      '--injection',
      'CDI needs --cache-layout=Striped: a name has one path, whatever other units a container has',
    );
}
