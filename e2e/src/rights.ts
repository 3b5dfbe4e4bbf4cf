import {
  type AuditEvent,
  accountReport,
  formatDenied,
  formatGrant,
  type Grant,
  type RbacSnapshot,
  readAuditLog,
  readRbac,
  serviceAccountUser,
} from '@rackwright/testbed';
import type { Suite } from './suite.ts';
import type { TestEnvironment } from './test-environment.ts';

/** What one account did with its rights over the whole run, as lines; empty when rights and use are the same. */
export interface RightsReport {
  readonly account: string;
  /** Whether a suite names it; another one that asked for something is reported too. */
  readonly expected: boolean;
  readonly requests: number;
  readonly denied: readonly string[];
  /** Without those that a suite spares. */
  readonly unused: readonly string[];
}

/** The rights of the installation's accounts over a whole run. */
export class RightsAudit {
  readonly #suites: readonly Suite[];
  #inForce?: { readonly rbac: RbacSnapshot; readonly at: number };
  /** Rights of accounts that go before the first uninstall, by user. */
  readonly #gone = new Map<string, RbacSnapshot>();
  #reports: readonly RightsReport[] = [];

  constructor(suites: readonly Suite[]) {
    this.#suites = suites;
  }

  /** What the last audit found, for the end of the run. */
  get reports(): readonly RightsReport[] {
    return this.#reports;
  }

  /** Remembers the rights in force, before the first uninstall takes them away; later calls change nothing. */
  async note(testEnv: TestEnvironment): Promise<void> {
    this.#inForce ??= { rbac: await readRbac(testEnv.kube), at: testEnv.clock.now() };
  }

  /** Remembers the rights of a suite's accounts that go with its own cases; later calls change nothing. */
  async noteOf(testEnv: TestEnvironment, accounts: readonly string[]): Promise<void> {
    const rbac = await readRbac(testEnv.kube);
    for (const name of accounts) {
      const user = serviceAccountUser({ namespace: testEnv.namespace, name });
      if (!this.#gone.has(user)) this.#gone.set(user, rbac);
    }
  }

  /**
   * Compares rights and use of every account of the installation that holds a
   * token: the rights that were noted, or those in force now.
   */
  async audit(testEnv: TestEnvironment): Promise<readonly RightsReport[]> {
    const { rbac, at } = this.#inForce ?? { rbac: await readRbac(testEnv.kube), at: testEnv.clock.now() };
    const spared = new Map(
      this.#suites.flatMap((suite) =>
        suite.accounts(testEnv).map((name) => {
          const user = serviceAccountUser({ namespace: testEnv.namespace, name });
          return [user, Object.keys(suite.spareRights ?? {})] as const;
        }),
      ),
    );
    const users = [...spared.keys()];
    const events = await eventsUntilUninstall(testEnv, at);
    const asked = [...new Set(events.map((event) => event.user))];
    this.#reports = [...users, ...asked.filter((user) => !users.includes(user))].map((user) => {
      const report = accountReport(user, events, this.#gone.get(user) ?? rbac);
      return {
        account: user.slice('system:serviceaccount:'.length),
        expected: users.includes(user),
        requests: events.filter((event) => event.user === user).length,
        denied: report.denied.map(formatDenied),
        unused: report.unused.filter((grant) => !spared.get(user)?.includes(rightOf(grant))).map(formatGrant),
      };
    });
    return this.#reports;
  }
}

/** As `Suite.spareRights` names it. */
function rightOf({ verb, group, resource }: Grant): string {
  const [kind, ...part] = (resource ?? '').split('/');
  return `${verb} ${[group ? `${kind}.${group}` : kind, ...part].join('/')}`;
}

/** The requests of the installation's accounts until its operator was taken away, at or after `notedAt`. */
async function eventsUntilUninstall(testEnv: TestEnvironment, notedAt: number): Promise<AuditEvent[]> {
  const prefix = `system:serviceaccount:${testEnv.namespace}:`;
  const all = await readAuditLog(testEnv.auditLog);
  const uninstalled = all.findIndex(
    ({ verb, resource, name, at = 0 }) =>
      verb === 'delete' &&
      resource === 'deployments' &&
      name === 'rackwright-operator-manager' &&
      at >= notedAt,
  );
  // Helm takes roles away while the operator's pod still ends; what it asks in that second is no lack of rights.
  // An API server that has just started refuses what it has not read the roles for yet.
  const settleMs = 2000;
  const away = (at = 0): boolean => testEnv.outages.some(({ from, to }) => at >= from && at <= to + settleMs);
  const accounts = all.filter(({ resource }) => resource === 'serviceaccounts');
  const ends = (event: AuditEvent): boolean => isTakenAway(event, accounts, event.user.slice(prefix.length));
  return (uninstalled < 0 ? all : all.slice(0, uninstalled)).filter(
    (event) => event.user.startsWith(prefix) && (event.authorized || !(away(event.at) || ends(event))),
  );
}

/** Kubernetes deletes the objects of a deployment in any order, so pods that end may have lost their rights. */
const deletionMs = 10_000;

/** Whether an account had gone, or was about to, when something was asked; it may have come back later. */
function isTakenAway({ at = 0 }: AuditEvent, changes: readonly AuditEvent[], account: string): boolean {
  const own = changes.filter(({ name, verb }) => name === account && /^(create|patch|delete)$/.test(verb));
  const next = own.find((change) => (change.at ?? 0) >= at);
  const last = own.findLast((change) => (change.at ?? 0) < at);
  return last?.verb === 'delete' || (next?.verb === 'delete' && (next.at ?? 0) - at <= deletionMs);
}
