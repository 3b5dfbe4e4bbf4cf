import type { Observation, SmartLog } from '@rackwright/hardware-nvme';
import { goodLog, well } from '@rackwright/hardware-nvme/testing';

const skipped = { kind: 'skipped' } as const;
const { sizeBytes: _, ...withoutNamespace } = well;

/** Looks at drives that are not. */
export const looks = {
  silent: { ...well, smart: { kind: 'failed', message: 'nvme smart-log: timed out' } },
  lostNamespace: withoutNamespace,
  gone: { present: false, readOnly: false, smart: skipped },
  readOnly: { ...well, readOnly: true },
  grown: { ...well, sizeBytes: 512n },
  dead: { ...well, controllerState: 'dead', sizeBytes: 0n, smart: skipped },
  resetting: { ...well, controllerState: 'resetting', smart: skipped },
  unreliable: withLog({ criticalWarning: 4 }),
  hot: withLog({ temperatureCelsius: 86 }),
} as const satisfies Readonly<Record<string, Observation>>;

/** A look that reads a log with these values. */
export function withLog(changes: Partial<SmartLog>): Observation {
  return { ...well, smart: { kind: 'read', log: { ...goodLog, ...changes } } };
}
