import type { Condition } from '@rackwright/controller';
import { aidaptivCache, nvmeMetric } from '@rackwright/keys';
import type { ExporterReport } from './exporter-report.ts';

const { condition, reason: reasons } = aidaptivCache;

/** Names in a sentence; the status has more of them. */
const named = 5;

/**
 * Tells whether every exporter makes its handshakes; undefined where none is awaited.
 * Nothing depends on them, so Ready does not either.
 */
export function exporterFinding(
  report: ExporterReport | undefined,
): Pick<Condition, 'type' | 'status' | 'reason' | 'message'> | undefined {
  if (report === undefined || report.counts.expected === 0) return undefined;
  const { silent, counts } = report;
  const type = condition.exportersReporting;
  const message = `${counts.reporting} of ${counts.expected} exporters report`;
  if (silent.length > 0) {
    const more = silent.length > named ? ` and ${silent.length - named} more` : '';
    const names = `${silent.slice(0, named).join(', ')}${more}`;
    const remedy = `look at ${nvmeMetric.handshakeUp} and at the log of the exporter there`;
    return {
      ...{ type, status: 'False', reason: reasons.exportersSilent },
      message: `${message}; nothing was heard for 15 minutes of ${names}: ${remedy}`,
    };
  }
  return counts.reporting < counts.expected
    ? { type, status: 'Unknown', reason: reasons.awaitingHandshakes, message: `${message} yet` }
    : { type, status: 'True', reason: reasons.exportersReporting, message };
}
