import { defineOptions } from '@rackwright/service';
import { items, seconds, within } from './checks.ts';

/** Steps of recovery, in the order they are tried. EvictConsumers is the operator's: no agent may evict pods. */
export const recoveryActions = [
  'Rescan',
  'Remount',
  'ControllerReset',
  'LvmReactivate',
  'PciRescan',
  'Rebuild',
] as const;

/** How drives are judged and brought back: `spec.health` and `spec.recovery` of an AidaptivCache. */
export const healthOptions = defineOptions({
  healthPoll: {
    flag: 'health-poll',
    type: 'duration',
    default: '30s',
    description: 'Time between two looks at the health of a drive.',
    validate: seconds(5, 600),
  },
  healthCommandTimeout: {
    flag: 'health-command-timeout',
    type: 'duration',
    default: '10s',
    description: 'Time limit of a command to a drive; shorter than --health-poll.',
    validate: seconds(2, 60),
  },
  percentageUsedWarn: {
    flag: 'percentage-used-warn',
    type: 'integer',
    default: 90,
    description: 'Percent of its rated endurance from which on a drive is degraded.',
    validate: within(1, 255),
  },
  mediaErrorsPerHourMax: {
    flag: 'media-errors-per-hour-max',
    type: 'integer',
    default: 10,
    description: 'Media errors within an hour that make a drive unhealthy.',
    validate: within(1, Number.MAX_SAFE_INTEGER),
  },
  resettingGrace: {
    flag: 'resetting-grace',
    type: 'duration',
    default: '120s',
    description: 'How long the reset of a controller may take before the drive is unhealthy.',
    validate: seconds(15, 900),
  },
  unhealthyOnWarningBits: {
    flag: 'unhealthy-on-warning-bits',
    type: 'list',
    lastWins: true,
    default: '2,3',
    description: 'Bits of the critical warning that make a drive unhealthy, 0 to 5.',
    validate: items(/^[0-5]$/, 'numbers from 0 to 5', { max: 6 }),
  },
  cleanTime: {
    flag: 'clean-time',
    type: 'duration',
    default: '5m',
    description: 'How long a drive that failed must be well before its units are offered again.',
    validate: seconds(1, 3600),
  },
  recoveryMode: {
    flag: 'recovery-mode',
    type: 'string',
    default: 'Auto',
    choices: ['Off', 'DryRun', 'Auto'],
    description: 'Whether a failed drive is brought back, or it is only told what would be done.',
  },
  recoveryActions: {
    flag: 'recovery-actions',
    type: 'list',
    lastWins: true,
    default: 'Rescan,Remount,ControllerReset',
    choices: recoveryActions,
    description:
      'What may be done to bring a drive back. Remount and LvmReactivate write nothing and are done in any case. Rebuild makes a lost cache anew without its data once new drives are there, and needs --cache-data-policy=Ephemeral.',
  },
  maxResetsPerDevicePerHour: {
    flag: 'max-resets-per-device-per-hour',
    type: 'integer',
    default: 3,
    description: 'Resets of one drive within an hour.',
    validate: within(0, 10),
  },
  maxConcurrentNodes: {
    flag: 'max-concurrent-nodes',
    type: 'integer',
    default: 1,
    description: 'Nodes of the cluster on which drives are reset at the same time.',
    validate: within(1, 100),
  },
  recoveryFirstWait: {
    flag: 'recovery-first-wait',
    type: 'duration',
    default: '30s',
    description:
      'How long a drive that failed is given to come back by itself before anything is done to it; doubles with each attempt.',
    validate: seconds(1, 1800),
  },
  recoveryCooldown: {
    flag: 'recovery-cooldown',
    type: 'duration',
    default: '600s',
    description: 'Rest after a recovery before the next one of the same drive.',
    validate: seconds(60, 86_400),
  },
  recoveryRebuildWait: {
    flag: 'recovery-rebuild-wait',
    type: 'duration',
    default: '10m',
    description:
      'How long a cache must have been lost, while no container had a unit, before Rebuild makes it anew.',
    validate: seconds(1, 86_400),
  },
  recoveryMaxAttempts: {
    flag: 'recovery-max-attempts',
    type: 'integer',
    default: 5,
    description: 'Attempts after which a drive is left to people.',
    validate: within(1, 20),
  },
});
