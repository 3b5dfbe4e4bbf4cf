import type { AuditEvent } from '@rackwright/testbed/without-nodes';

/** A write of a replica that did not lead, and the pod that did. */
export interface FormerWrite {
  readonly write: AuditEvent;
  readonly leader: string | undefined;
}

const reads = new Set(['get', 'list', 'watch']);
const isWrite = ({ verb, pod, dryRun }: AuditEvent): boolean =>
  pod !== undefined && dryRun !== true && !reads.has(verb);

/** Whether the API server carried it out. */
export function isAccepted({ code = 0 }: AuditEvent): boolean {
  return code >= 200 && code < 300;
}

/** Whether the API server took its sender for a replica that does not lead. */
export function isRefusedToLead({ message = '' }: AuditEvent): boolean {
  return message.includes('only the replica of the operator that leads may write');
}

/**
 * What replicas wrote, and which of it came in when somebody else had got the
 * lease, in the order in which the API server got them.
 */
export function writesByTerm(events: readonly AuditEvent[]): {
  /** How often the lease was written. */
  terms: number;
  byFormer: FormerWrite[];
  byLeader: AuditEvent[];
} {
  const byFormer: FormerWrite[] = [];
  const byLeader: AuditEvent[] = [];
  let leader: string | undefined;
  let terms = 0;
  let isRecorded = false;
  for (const write of events.filter(isWrite).sort((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    if (write.resource === 'leases') {
      terms += 1;
      if (!isAccepted(write) || write.pod === leader) continue;
      leader = write.pod;
      isRecorded = false;
    } else if (write.resource === 'leaderterms' && !isRecorded) {
      // Who leads is not settled before the leader has said so itself.
      isRecorded = isAccepted(write) && write.pod === leader;
    } else if (write.pod === leader) byLeader.push(write);
    else byFormer.push({ write, leader });
  }
  return { terms, byFormer, byLeader };
}

/** Enough to find a write in the audit log again. */
export function formatWrite({ write, leader }: FormerWrite): string {
  const { id, pod, verb, resource, name, code, at } = write;
  const received = new Date(at ?? 0).toISOString();
  return `${pod} ${verb} ${resource}/${name} received at ${received}, answered ${code}, while ${leader} led (audit ${id})`;
}
