import { type PmemCsiDeployment, parsePmemCsiDeployment } from '@rackwright/api';
import { nextForegroundTimeoutMs, planApply } from '@rackwright/controller';
import { compareText, errorMessage } from '@rackwright/core';
import { pmem } from '@rackwright/keys';
import { isTerminating, type ReconcilePlan } from '@rackwright/manager';
import type { Component } from './component.ts';
import { components } from './component.ts';
import { nameOf, ownerLabels, prefixOf } from './manifests/identity.ts';
import { wantedObjects } from './manifests/index.ts';
import type { PmemSettings } from './settings.ts';
import type { Snapshot } from './snapshot.ts';

/** Where a deployment stands. */
export type Stage =
  /** It is rolled out. */
  | 'active'
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
}

const nothing = { reason: '', message: '', wanted: [], actions: [] } as const;

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
  const { daemonSets, controllers, others, now } = snapshot;
  const input = {
    desired: wantedObjects(parsed.value, settings),
    live: [...daemonSets, ...controllers, ...others],
    ownerLabels: ownerLabels(deployment),
    now,
  };
  const againAfterMs = nextForegroundTimeoutMs(input, now);
  return {
    ...nothing,
    stage: 'active',
    wanted: components,
    actions: planApply(input),
    ...(againAfterMs === undefined || againAfterMs === 0 ? {} : { againAfterMs }),
  };
}

function refused(reason: string, message: string): Plan {
  return { ...nothing, stage: 'refused', reason, message };
}

/** Another deployment whose objects would have the same names, and which has them or is older. */
function takenBy(deployment: PmemCsiDeployment, all: readonly PmemCsiDeployment[]): string | undefined {
  const prefix = prefixOf(deployment);
  const [first] = all.filter((other) => prefixOf(other) === prefix && !isTerminating(other)).sort(byClaim);
  const name = first === undefined ? undefined : nameOf(first);
  return name === nameOf(deployment) ? undefined : name;
}

/** What is rolled out keeps its names; else the older one has them. Times are of whole seconds, so names decide last. */
function byClaim(a: PmemCsiDeployment, b: PmemCsiDeployment): number {
  const created = ({ metadata }: PmemCsiDeployment): string => metadata?.creationTimestamp ?? '';
  return (
    Number(isRolledOut(b)) - Number(isRolledOut(a)) ||
    compareText(created(a), created(b)) ||
    compareText(nameOf(a), nameOf(b))
  );
}

function isRolledOut({ status }: PmemCsiDeployment): boolean {
  return status?.phase === 'Running' || status?.phase === 'Initializing';
}
