import { parsePmemCsiDeployment } from '@rackwright/api';
import { type ComponentState, nextForegroundTimeoutMs, planApply } from '@rackwright/controller';
import { compareText, errorMessage } from '@rackwright/core';
import { pmem } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { isTerminating, type ReconcilePlan } from '@rackwright/manager';
import { type Component, components } from './component.ts';
import { type DriverKind, type DriverObject, nodeLocalDrivers } from './driver-kind.ts';
import { type FormerName, formerElsewhereMs, formerNames, liveObjects, obsoleteNames } from './former.ts';
import { nameOf, ownerLabels, prefixOf } from './manifests/identity.ts';
import { wantedObjects } from './manifests/index.ts';
import type { PmemSettings } from './settings.ts';
import type { DriverSnapshot, Snapshot } from './snapshot.ts';

/** Where a deployment stands. */
export type Stage =
  /** It is rolled out. */
  | 'active'
  /** It is looked what a former operator left, or its certificates are made or checked; what runs stays. */
  | 'preparing'
  /** What it asks for cannot be; what runs stays. */
  | 'refused'
  /** Kubernetes takes away what it owns. */
  | 'deleting'
  | 'gone';

/** What one reconcile is going to do. */
export interface Plan extends ReconcilePlan {
  readonly stage: Stage;
  /** Why it is refused, for programs and for people. */
  readonly reason: string;
  readonly message: string;
  /** What runs on nodes. */
  readonly wanted: readonly Component[];
  /** With `preparing`: what a former operator may have left. */
  readonly lookFor?: readonly FormerName[];
  /** What its status tells beside that. */
  readonly states?: readonly ComponentState[];
}

/** A plan that does nothing. */
export const nothing = { reason: '', message: '', wanted: [], actions: [] } as const;

/** Decides everything from the snapshot. The same snapshot gives the same plan. */
export function planDeployment(snapshot: Snapshot, settings: PmemSettings): Plan {
  const { deployment } = snapshot;
  if (deployment === undefined) return { ...nothing, stage: 'gone' };
  if (isTerminating(deployment)) return { ...nothing, stage: 'deleting' };
  const parsed = parsePmemCsiDeployment(deployment);
  if (!parsed.ok) return refused(pmem.reason.invalidSpec, errorMessage(parsed.error));
  const taken = takenBy(deployment, snapshot.deployments);
  if (taken !== undefined) {
    const names = `what belongs to it is called ${prefixOf(deployment)}-…, which is already taken by`;
    return refused(pmem.reason.nameTaken, `${names} PmemCSIDeployment ${taken}; give it another name`);
  }
  const desired = wantedObjects(parsed.value, settings);
  const names = formerNames(desired, obsoleteNames(prefixOf(deployment)));
  return (
    planInheritance(snapshot, names, settings.namespace) ??
    planObjects(snapshot, nodeLocalDrivers, desired, components)
  );
}

/** What comes before a deployment is rolled out; undefined when there is nothing in the way. */
export function planInheritance(
  { former }: Pick<DriverSnapshot, 'former'>,
  names: readonly FormerName[],
  namespace: string,
): Plan | undefined {
  if (former === undefined) return { ...nothing, stage: 'preparing', lookFor: names, againAfterMs: 1 };
  if (former.elsewhere === undefined) return undefined;
  const message = `an operator of PMEM-CSI made its objects in the namespace ${former.elsewhere}, where they still are: install this one there, not in ${namespace}, or delete its DaemonSets there`;
  return { ...refused(pmem.reason.formerElsewhere, message), againAfterMs: formerElsewhereMs };
}

/** What brings the objects of a deployment to what is wanted. */
export function planObjects(
  snapshot: DriverSnapshot,
  kind: DriverKind,
  desired: readonly KubeObject[],
  wanted: readonly Component[],
): Plan {
  const { name, now } = snapshot;
  const input = { desired, live: liveObjects(snapshot, kind), ownerLabels: ownerLabels(kind, name), now };
  const againAfterMs = nextForegroundTimeoutMs(input, now);
  return {
    ...nothing,
    stage: 'active',
    wanted,
    actions: planApply(input),
    ...(againAfterMs === undefined || againAfterMs === 0 ? {} : { againAfterMs }),
  };
}

/** A plan that leaves everything as it is, and says why. */
export function refused(reason: string, message: string): Plan {
  return { ...nothing, stage: 'refused', reason, message };
}

/** Another deployment whose objects would have the same names, and which has them or is older. */
export function takenBy(deployment: DriverObject, all: readonly DriverObject[]): string | undefined {
  const prefix = prefixOf(deployment);
  const [first] = all.filter((other) => prefixOf(other) === prefix && !isTerminating(other)).sort(byClaim);
  const name = first === undefined ? undefined : nameOf(first);
  return name === nameOf(deployment) ? undefined : name;
}

/** What is rolled out keeps its names; else the older one has them. Times are of whole seconds, so names decide last. */
export function byClaim(a: DriverObject, b: DriverObject): number {
  const created = ({ metadata }: DriverObject): string => metadata?.creationTimestamp ?? '';
  return (
    Number(isRolledOut(b)) - Number(isRolledOut(a)) ||
    compareText(created(a), created(b)) ||
    compareText(nameOf(a), nameOf(b))
  );
}

function isRolledOut({ status }: DriverObject): boolean {
  return status?.phase === 'Running' || status?.phase === 'Initializing';
}
