import { cxi } from '@rackwright/keys';
import {
  accountReport,
  formatDenied,
  formatGrant,
  type RbacSnapshot,
  readAuditLog,
  readRbac,
  serviceAccountUser,
} from '@rackwright/testbed';
import type { Bed } from './bed.ts';

let inForce: { readonly rbac: RbacSnapshot; readonly at: number } | undefined;

/** Remembers the rights in force, before an uninstall takes them away. */
export async function noteRights(bed: Bed): Promise<void> {
  inForce = { rbac: await readRbac(bed.kube), at: bed.clock.now() };
}

/** What one account did with its rights over the whole run, as lines; empty when rights and use are the same. */
export interface RightsReport {
  readonly account: string;
  readonly requests: number;
  readonly denied: readonly string[];
  readonly unused: readonly string[];
}

/** Compares rights and use of every account of the installation that holds a token. */
export async function rightsReports(bed: Bed): Promise<RightsReport[]> {
  if (inForce === undefined) throw new Error('the rights in force were not noted');
  const { rbac, at: notedAt } = inForce;
  const accounts = ['rackwright-operator-manager', `${bed.driver}-${cxi.component.driverAgent}`];
  const users = accounts.map((name) => serviceAccountUser({ namespace: bed.namespace, name }));
  const prefix = `system:serviceaccount:${bed.namespace}:`;
  const all = await readAuditLog(bed.auditLog);
  const uninstalled = all.findIndex(
    ({ verb, resource, name, at = 0 }) =>
      verb === 'delete' && resource === 'deployments' && name === accounts[0] && at >= notedAt,
  );
  // Helm takes roles away while the operator's pod still ends; what it asks in that second is no lack of rights.
  // An API server that has just started refuses what it has not read the roles for yet.
  const settleMs = 2000;
  const away = (at = 0): boolean => bed.outages.some(({ from, to }) => at >= from && at <= to + settleMs);
  const events = (uninstalled < 0 ? all : all.slice(0, uninstalled)).filter(
    (event) => event.user.startsWith(prefix) && (event.authorized || !away(event.at)),
  );
  const strangers = [...new Set(events.map((event) => event.user))].filter((user) => !users.includes(user));
  return [...users, ...strangers].map((user) => {
    const report = accountReport(user, events, rbac);
    return {
      account: user.slice('system:serviceaccount:'.length),
      requests: events.filter((event) => event.user === user).length,
      denied: report.denied.map(formatDenied),
      unused: report.unused.map(formatGrant),
    };
  });
}
