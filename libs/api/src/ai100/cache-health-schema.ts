import * as z from 'zod';
import { described, int32 } from '../schema/fields.ts';
import { withRules } from '../schema/rule.ts';
import { commandTimeoutRule } from './cache-rules.ts';

/** `.spec.health`: how drives are judged. */
export const healthSchema = withRules(
  z.object({
    pollSeconds: described(int32(5, 600).default(30), 'Time between two looks at the health of a drive.'),
    commandTimeoutSeconds: described(
      int32(2, 60).default(10),
      'Time limit of a command to a drive; less than pollSeconds.',
    ),
    percentageUsedWarn: described(
      int32(1, 255).default(90),
      'Percent of its rated endurance from which on a drive is degraded.',
    ),
    mediaErrorsPerHourMax: described(
      int32(1).default(10),
      'Media errors within an hour that make a drive unhealthy.',
    ),
    resettingGraceSeconds: described(
      int32(15, 900).default(120),
      'How long the reset of a controller may take before its drive is unhealthy.',
    ),
    unhealthyOnWarningBits: described(
      z.array(int32(0, 5)).max(6).default([2, 3]),
      'Bits of the critical warning of a drive that make it unhealthy: 0 spare, 1 temperature, 2 reliability, 3 read-only, 4 volatile backup, 5 persistent memory region.',
    ),
  }),
  [commandTimeoutRule],
);

/** `.spec.recovery`: how failed drives are brought back. */
export const recoverySchema = z.object({
  mode: described(
    z.enum(['Off', 'DryRun', 'Auto']).default('Auto'),
    'Auto brings failed drives back, DryRun tells what it would do, Off does neither.',
  ),
  actions: described(
    z
      .array(
        z.enum([
          ...(['Rescan', 'Remount', 'ControllerReset', 'LvmReactivate', 'EvictConsumers'] as const),
          ...(['PciRescan', 'Rebuild'] as const),
        ]),
      )
      .max(7)
      .default(['Rescan', 'Remount', 'ControllerReset']),
    'What may be done to bring a drive or the cache back. Remount and LvmReactivate write nothing and are done in any case; EvictConsumers evicts pods that hold a cache whose drives went and came back. Rebuild makes a lost cache anew without its data, once new drives are there and no pod has had a unit for ten minutes.',
  ),
  maxResetsPerDevicePerHour: described(int32(0, 10).default(3), 'Resets of one drive within an hour.'),
  maxConcurrentNodes: described(
    int32(1, 100).default(1),
    'Nodes of the cluster on which drives are reset at the same time.',
  ),
  cooldownSeconds: described(
    int32(60, 86_400).default(600),
    'Rest after a recovery before the next one of the same drive.',
  ),
  maxAttempts: described(int32(1, 20).default(5), 'Attempts after which a drive is left to people.'),
  taint: described(
    z.enum(['None', 'NoSchedule', 'NoExecute']).default('None'),
    'Effect of the taint phison.com/ai100-unhealthy that nodes with unhealthy drives get.',
  ),
});
