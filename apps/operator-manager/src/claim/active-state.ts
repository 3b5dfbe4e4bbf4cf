import { rackwright } from '@rackwright/keys';
import type { DaemonSet, KubeObject } from '@rackwright/kube';
import type { ActiveState } from '@rackwright/manager';
import type { ClaimedKind } from './claimed-kind.ts';
import { claimOf, type Installation, installationName, isSame } from './installation.ts';

/** Whether an installation still exists, as far as is known. */
export type AccountState = 'there' | 'gone' | 'unknown';

export interface ActiveStateInput {
  readonly kind: ClaimedKind;
  readonly self: Installation;
  /** Every object of the kind. */
  readonly objects: readonly KubeObject[];
  /** Every DaemonSet of agents, of all namespaces. */
  readonly daemonSets: readonly DaemonSet[];
  /** Uids of the objects that this process has looked after. */
  readonly held: ReadonlySet<string>;
  stateOf(this: void, installation: Installation): AccountState;
}

/**
 * One installation per cluster acts: the one whose claim is on the objects.
 * The others stand by until its account is gone. Where two have a claim, which
 * takes two that started at the same moment, both may go on to `Claims`, which
 * lets one through at most.
 */
export function activeStateOf({
  kind,
  self,
  objects,
  daemonSets,
  held,
  stateOf,
}: ActiveStateInput): ActiveState {
  const claims = objects.flatMap((object) => claimOf(object) ?? []);
  if (claims.some((claim) => isSame(claim, self))) return { acts: true, message: '' };
  const other = claims.find((claim) => stateOf(claim) !== 'gone');
  if (other !== undefined) return { acts: false, message: standsBy(other, kind.type.kind) };
  for (const object of objects) {
    if (claimOf(object) !== undefined || held.has(object.metadata?.uid ?? '')) continue;
    const elsewhere = earlierNamespace(object, daemonSets, self);
    if (elsewhere !== undefined) return { acts: false, message: mayRun(elsewhere, kind, object, self) };
  }
  return { acts: true, message: '' };
}

export function standsBy(other: Installation, kind: string): string {
  return `installation ${installationName(other)} looks after ${kind}s; this one stands by`;
}

/**
 * The namespace in which an operator that makes no claims may look after an
 * object, because its agents run there and not here.
 */
function earlierNamespace(
  object: KubeObject,
  daemonSets: readonly DaemonSet[],
  self: Installation,
): string | undefined {
  const uid = object.metadata?.uid;
  const namespaces = daemonSets
    .filter(({ metadata }) => metadata?.ownerReferences?.some((owner) => owner.uid === uid))
    .map(({ metadata }) => metadata?.namespace ?? '');
  return namespaces.includes(self.namespace) ? undefined : namespaces[0];
}

function mayRun(
  namespace: string,
  { type: { kind } }: ClaimedKind,
  { metadata }: KubeObject,
  self: Installation,
): string {
  const { name = '' } = metadata ?? {};
  return (
    `agents of ${kind} ${name} run in namespace ${namespace}, where an operator of an earlier version may look after them; ` +
    'this one stands by. If there is none any more, hand the agents over with ' +
    `kubectl annotate ${kind.toLowerCase()} ${name} ${rackwright.annotation.operator}=${installationName(self)}`
  );
}
