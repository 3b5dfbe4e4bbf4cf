import { type AccessUse, accessUses, type UsedVerbs, usedVerbs } from './access.ts';
import type { AuditEvent } from './audit-event.ts';
import { type DeniedRequest, deniedRequests } from './denied.ts';
import { type Grant, grantsOf, type RbacSnapshot, unusedGrants } from './grants.ts';

/** How an account's rights compare with what it did. */
export interface AccountReport {
  readonly user: string;
  /** Requests refused with "forbidden": rights that are missing, or code that oversteps. */
  readonly denied: readonly DeniedRequest[];
  readonly used: readonly UsedVerbs[];
  /** Rights nothing needed. */
  readonly unused: readonly Grant[];
}

/** Compares what `user` did, as the audit log tells it, with what it was granted by name. */
export function accountReport(
  user: string,
  events: readonly AuditEvent[],
  rbac: RbacSnapshot,
): AccountReport {
  const own = events.filter((event) => event.user === user);
  const uses: AccessUse[] = own.flatMap(accessUses);
  return {
    user,
    denied: deniedRequests(own),
    used: usedVerbs(uses),
    unused: unusedGrants(grantsOf(user, rbac), uses),
  };
}
