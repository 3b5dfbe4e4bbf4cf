import { type CxiDriver, parseCxiDriver } from '@rackwright/api';
import { type Action, nextForegroundTimeoutMs, planApply } from '@rackwright/controller';
import { errorMessage } from '@rackwright/core';
import { cxi, cxiReason, rackwright } from '@rackwright/keys';
import type { ConfigMap, DaemonSet, KubeObject } from '@rackwright/kube';
import { isTerminating } from '@rackwright/manager';
import type { Component } from './component.ts';
import { nextRemoval } from './deletion.ts';
import { instanceLabels, nameOf } from './manifests/identity.ts';
import { wantedAgents } from './manifests/index.ts';
import { firstRefusal } from './refusal.ts';
import type { CxiSettings } from './settings.ts';
import { recordFor } from './singleton.ts';
import { agentsOf, type Snapshot } from './snapshot.ts';

/** Where a driver stands. */
export type Stage =
  /** It is the active one and rolled out. */
  | 'active'
  /** It is the active one, but another driver's agents have to go first. */
  | 'waiting'
  /** It is the active one, but what it asks for is not done; what runs stays. */
  | 'refused'
  /** Another one is active; what it had is taken away. */
  | 'ignored'
  /** It is being deleted. */
  | 'deleting'
  /** It does not exist. */
  | 'gone';

/** What one reconcile is going to do, in the order of the fields. */
export interface Plan {
  readonly stage: Stage;
  /** Why, when it is not simply active. */
  readonly reason: string;
  readonly message: string;
  /** The driver with its defaults; undefined when it cannot be read. */
  readonly driver?: CxiDriver;
  readonly addFinalizer?: true;
  /** ConfigMap to write, guarded by its resourceVersion. */
  readonly record?: ConfigMap;
  /** DaemonSets to delete while their pods go on, for a successor to adopt. */
  readonly orphan: readonly DaemonSet[];
  /** DaemonSets to delete, which are then gone when their last pod is. */
  readonly remove: readonly DaemonSet[];
  readonly actions: readonly Action[];
  /** What an active driver asks for. */
  readonly wanted: readonly Component[];
  /** Delete the CXIDevices and the node labels the driver agents wrote. */
  readonly cleanUp?: true;
  readonly dropFinalizer?: true;
  /** When there is more to do although nothing changes, in milliseconds from now. */
  readonly againAfterMs?: number;
}

const nothing = { reason: '', message: '', orphan: [], remove: [], actions: [], wanted: [] } as const;

/** Decides everything from the snapshot. The same snapshot gives the same plan. */
export function planDriver(snapshot: Snapshot, settings: CxiSettings): Plan {
  const { driver, name } = snapshot;
  if (driver === undefined) {
    const named = snapshot.recorded === name;
    return { stage: 'gone', ...nothing, ...(named ? recordPart(undefined, snapshot, settings) : {}) };
  }
  if (isTerminating(driver)) return planDeletion(driver, snapshot, settings);
  const { active } = snapshot;
  if (active !== name) return planIgnored(driver, active ?? '', snapshot);
  return planActive(driver, snapshot, settings);
}

function planActive(object: KubeObject, snapshot: Snapshot, settings: CxiSettings): Plan {
  const handover = handoverFrom(snapshot);
  const common = {
    ...nothing,
    ...(hasFinalizer(object) ? {} : { addFinalizer: true as const }),
    // A driver on its way out keeps the record until it has cleaned up.
    ...(handover?.keepsRecord ? {} : recordPart(snapshot.name, snapshot, settings)),
  };
  const parsed = parseCxiDriver(object);
  if (!parsed.ok) {
    return {
      ...common,
      stage: 'refused',
      reason: cxiReason.invalidSpec,
      message: errorMessage(parsed.error),
    };
  }
  const driver = parsed.value;
  const refusal = firstRefusal(driver, settings);
  if (refusal !== undefined) return { ...common, ...refusal, stage: 'refused', driver };
  if (handover !== undefined) {
    const message = `waiting until CXIDriver ${handover.from} is taken away`;
    return { ...common, stage: 'waiting', reason: cxiReason.waitingForCleanup, message, driver };
  }
  return { ...common, ...planObjects(driver, snapshot, settings), stage: 'active', driver };
}

function planObjects(
  driver: CxiDriver,
  snapshot: Snapshot,
  settings: CxiSettings,
): Pick<Plan, 'orphan' | 'actions' | 'wanted' | 'againAfterMs'> {
  const { namespace, daemonSets, accounts } = agentsOf(snapshot, settings.namespace);
  const { now } = snapshot;
  const foreign = daemonSets.filter((daemonSet) => !isOurs(daemonSet));
  const replaced = new Set(foreign.map((daemonSet) => daemonSet.metadata?.name));
  const agents = wantedAgents(driver, { ...settings, namespace });
  const input = {
    desired: agents
      .flatMap(({ objects }) => objects)
      .filter(({ kind, metadata }) => kind !== 'DaemonSet' || !replaced.has(metadata?.name)),
    live: [...daemonSets.filter(isOurs), ...accounts],
    ownerLabels: instanceLabels(nameOf(driver)),
  };
  const againAfterMs = nextForegroundTimeoutMs(input, now);
  return {
    // Applying over what the older operator wrote would keep its volumes and variables.
    orphan: foreign.filter((daemonSet) => !isTerminating(daemonSet)),
    actions: planApply({ ...input, now }),
    wanted: agents.map(({ component }) => component),
    ...(againAfterMs === undefined || againAfterMs === 0 ? {} : { againAfterMs }),
  };
}

function isOurs(daemonSet: DaemonSet): boolean {
  return daemonSet.metadata?.annotations?.[rackwright.annotation.appliedHash] !== undefined;
}

function planIgnored(driver: KubeObject, active: string, { daemonSets, accounts }: Snapshot): Plan {
  const { remove, waitingFor } = nextRemoval(daemonSets);
  const common = {
    ...nothing,
    stage: 'ignored' as const,
    reason: cxiReason.anotherDriverActive,
    message: `CXIDriver ${active} is older and active; there is one per cluster`,
    remove,
  };
  if (waitingFor !== undefined) return common;
  return {
    ...common,
    actions: planApply({ desired: [], live: accounts, ownerLabels: instanceLabels(nameOf(driver)) }),
    ...(hasFinalizer(driver) ? { dropFinalizer: true as const } : {}),
  };
}

/** Takes away what a driver that is being deleted left, one step at a time. */
export function planDeletion(
  driver: KubeObject,
  snapshot: Pick<Snapshot, 'name' | 'daemonSets' | 'record' | 'recorded'>,
  settings: Pick<CxiSettings, 'namespace'>,
): Plan {
  if (!hasFinalizer(driver)) return { ...nothing, stage: 'deleting' };
  const { remove, waitingFor } = nextRemoval(snapshot.daemonSets);
  const deleting = { ...nothing, stage: 'deleting' as const, reason: cxiReason.deleting };
  if (waitingFor !== undefined) return { ...deleting, message: `waiting for ${waitingFor} to end`, remove };
  const { name } = snapshot;
  const { recorded } = snapshot;
  return {
    ...deleting,
    message: 'removing CXIDevices and node labels',
    // What the agents of another driver write now is theirs.
    ...(recorded === undefined || recorded === name ? { cleanUp: true as const } : {}),
    ...(recorded === name ? recordPart(undefined, snapshot, settings) : {}),
    dropFinalizer: true,
  };
}

/** The driver whose agents have to go before ours may come. */
function handoverFrom(snapshot: Snapshot): { from: string; keepsRecord: boolean } | undefined {
  const { name, recorded } = snapshot;
  const predecessor = snapshot.drivers.find((driver) => nameOf(driver) === recorded);
  if (
    predecessor !== undefined &&
    recorded !== name &&
    isTerminating(predecessor) &&
    hasFinalizer(predecessor)
  ) {
    return { from: nameOf(predecessor), keepsRecord: true };
  }
  const [from] = snapshot.occupants;
  return from === undefined ? undefined : { from, keepsRecord: false };
}

function recordPart(
  active: string | undefined,
  { record }: Pick<Snapshot, 'record'>,
  { namespace }: Pick<CxiSettings, 'namespace'>,
): Pick<Plan, 'record'> {
  const wanted = recordFor(active, record, namespace);
  return wanted === undefined ? {} : { record: wanted };
}

function hasFinalizer(driver: KubeObject): boolean {
  return driver.metadata?.finalizers?.includes(cxi.finalizer) === true;
}
