import { rackwright } from '@rackwright/keys';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import type { ActiveState } from '@rackwright/manager';
import { claimOf, type Installation, installationName, isSame } from './installation.ts';

/** Whether an installation still exists, as far as is known. */
export type AccountState = 'there' | 'gone' | 'unknown';

export interface ActiveStateInput {
  readonly self: Installation;
  /** Every CXIDriver of the cluster. */
  readonly drivers: readonly KubeObject[];
  /** Every DaemonSet of agents, of all namespaces. */
  readonly daemonSets: readonly DaemonSet[];
  /** Uids of the CXIDrivers that this process has looked after. */
  readonly held: ReadonlySet<string>;
  stateOf(this: void, installation: Installation): AccountState;
}

/**
 * One installation per cluster acts: the one whose claim is on the CXIDrivers.
 * The others stand by until its account is gone. Where two have a claim, which
 * takes two that started at the same moment, both may go on to `Claims`, which
 * lets one through at most.
 */
export function activeStateOf({ self, drivers, daemonSets, held, stateOf }: ActiveStateInput): ActiveState {
  const claims = drivers.flatMap((driver) => claimOf(driver) ?? []);
  if (claims.some((claim) => isSame(claim, self))) return { acts: true, message: '' };
  const other = claims.find((claim) => stateOf(claim) !== 'gone');
  if (other !== undefined) return { acts: false, message: standsBy(other) };
  for (const driver of drivers) {
    if (claimOf(driver) !== undefined || held.has(driver.metadata?.uid ?? '')) continue;
    const elsewhere = earlierNamespace(driver, daemonSets, self);
    if (elsewhere !== undefined) return { acts: false, message: mayRun(elsewhere, driver, self) };
  }
  return { acts: true, message: '' };
}

export function standsBy(other: Installation): string {
  return `installation ${installationName(other)} looks after CXIDrivers; this one stands by`;
}

/**
 * The namespace in which an operator that makes no claims may look after a
 * driver, because the driver's agents run there and not here.
 */
function earlierNamespace(
  driver: KubeObject,
  daemonSets: readonly DaemonSet[],
  self: Installation,
): string | undefined {
  const uid = driver.metadata?.uid;
  const namespaces = daemonSets
    .filter(({ metadata }) => metadata?.ownerReferences?.some((owner) => owner.uid === uid))
    .map(({ metadata }) => metadata?.namespace ?? '');
  return namespaces.includes(self.namespace) ? undefined : namespaces[0];
}

function mayRun(namespace: string, { metadata }: KubeObject, self: Installation): string {
  const { name = '' } = metadata ?? {};
  return (
    `agents of CXIDriver ${name} run in namespace ${namespace}, where an operator of an earlier version may look after them; ` +
    'this one stands by. If there is none any more, hand the agents over with ' +
    `kubectl annotate cxidriver ${name} ${rackwright.annotation.operator}=${installationName(self)}`
  );
}
