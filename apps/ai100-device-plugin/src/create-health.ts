import type { Clock, Logger } from '@rackwright/core';
import { NvmeCli } from '@rackwright/storage';
import { HealthRecordFile } from './health/health-record.ts';
import { HealthTracker } from './health/health-tracker.ts';
import type { HostAccess } from './host-access.ts';
import type { AgentConfig } from './options/index.ts';

/** What judges the drives as the flags say. */
export function createHealth(
  config: AgentConfig,
  { root, tools }: HostAccess,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): HealthTracker {
  return new HealthTracker({
    nvme: new NvmeCli(tools, { deadlineMs: config.healthCommandTimeout }),
    rules: {
      percentageUsedWarn: config.percentageUsedWarn,
      mediaErrorsPerHourMax: config.mediaErrorsPerHourMax,
      resettingGraceMs: config.resettingGrace,
      unhealthyOnWarningBits: config.unhealthyOnWarningBits.map(Number),
      cleanMs: config.cleanTime,
    },
    pollMs: config.healthPoll,
    record: new HealthRecordFile(root, logger),
    clock,
    logger,
  });
}
