import { type AidaptivCache, parseAidaptivCache } from '@rackwright/api';
import { nextForegroundTimeoutMs, planApply } from '@rackwright/controller';
import { errorMessage } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import type { KubeObject } from '@rackwright/kube';
import { earliest, isTerminating, type ReconcilePlan } from '@rackwright/manager';
import type { Component } from './component.ts';
import { type ExporterReport, reportExporters } from './handshake/exporter-report.ts';
import { ownerLabels } from './manifests/identity.ts';
import { wantedAgents } from './manifests/index.ts';
import { nodesToClear } from './nodes/consumers.ts';
import { type NodeWrite, planNode, planNodeRemoval } from './nodes/plan-nodes.ts';
import { judgeNode, type NodeVerdict } from './nodes/verdict.ts';
import type { Ai100Settings } from './settings.ts';
import type { ManagedNode, Snapshot } from './snapshot.ts';

/** Where the AidaptivCache stands. */
export type Stage =
  /** It is rolled out. */
  | 'active'
  /** What it asks for cannot be; what runs stays. */
  | 'refused'
  | 'deleting'
  | 'gone';

/** A node with its verdict. */
export interface JudgedNode extends ManagedNode {
  readonly verdict: NodeVerdict;
}

/** What one reconcile is going to do. */
export interface Plan extends ReconcilePlan {
  readonly stage: Stage;
  /** Why it is refused or what is waited for. */
  readonly message: string;
  readonly finalizer: 'add' | 'drop' | 'keep';
  /** Agents that are wanted, with their images. */
  readonly wanted: readonly { readonly component: Component; readonly image: string }[];
  readonly nodes: readonly JudgedNode[];
  readonly nodeWrites: readonly NodeWrite[];
  /** Which exporters report; undefined while it is deleted. */
  readonly exporters?: ExporterReport;
  /** Nodes on which pods hold a cache that can only be mounted anew once they are gone. */
  readonly clearing: readonly string[];
  /** The resource such pods have units of. */
  readonly resource: string;
}

const nothing = {
  message: '',
  finalizer: 'keep',
  wanted: [],
  nodes: [],
  nodeWrites: [],
  clearing: [],
  resource: '',
  actions: [],
} as const;

/** Decides everything from the snapshot. The same snapshot gives the same plan. */
export function planCache(snapshot: Snapshot, settings: Ai100Settings): Plan {
  const { cache } = snapshot;
  if (cache === undefined) return { stage: 'gone', ...nothing };
  if (isTerminating(cache)) return planDeletion(cache, snapshot);
  const parsed = parseAidaptivCache(cache);
  const nodes = snapshot.managed.map((one) => ({ ...one, verdict: judgeNode(one.report, snapshot.now) }));
  const awaited = cache.spec?.exporter?.enabled === false ? [] : snapshot.exporters;
  const exporters = reportExporters(awaited, cache.status?.exporters, snapshot.now);
  const common = { ...nothing, nodes, exporters, finalizer: hasFinalizer(cache) ? 'keep' : 'add' } as const;
  if (!parsed.ok) return { ...common, stage: 'refused', message: errorMessage(parsed.error) };
  return {
    ...common,
    stage: 'active',
    ...planObjects(parsed.value, snapshot, settings),
    ...planNodes(parsed.value, nodes, snapshot),
    clearing: nodesToClear(parsed.value.spec.recovery, nodes),
    resource: parsed.value.spec.devicePlugin.resourceName,
  };
}

function planObjects(
  cache: AidaptivCache,
  { daemonSets, others, now }: Snapshot,
  settings: Ai100Settings,
): Pick<Plan, 'actions' | 'wanted' | 'againAfterMs'> {
  const agents = wantedAgents(cache, settings);
  const desired = agents.flatMap(({ objects }) => objects);
  const input = { desired, live: [...daemonSets, ...others], ownerLabels, now };
  const againAfterMs = nextForegroundTimeoutMs(input, now);
  return {
    actions: planApply(input),
    wanted: agents,
    ...(againAfterMs === undefined || againAfterMs === 0 ? {} : { againAfterMs }),
  };
}

function planNodes(
  { spec }: AidaptivCache,
  nodes: readonly JudgedNode[],
  { left, now }: Snapshot,
): Pick<Plan, 'nodeWrites'> {
  const { taint } = spec.recovery;
  return {
    nodeWrites: [
      ...nodes.flatMap(({ node, verdict }) => planNode(node, verdict, taint, now) ?? []),
      ...left.flatMap((node) => planNodeRemoval(node) ?? []),
    ],
  };
}

/** First the agents end, which would report on; then what was written on Nodes goes. Nothing is unmounted. */
export function planDeletion(cache: KubeObject, { daemonSets, others, managed, left, now }: Snapshot): Plan {
  const deleting = { ...nothing, stage: 'deleting' } as const;
  if (!hasFinalizer(cache)) return deleting;
  const input = { desired: [], live: [...daemonSets, ...others], ownerLabels, now };
  if (daemonSets.length > 0) {
    const names = daemonSets.map(({ metadata }) => metadata?.name ?? '').join(', ');
    return { ...deleting, actions: planApply(input), message: `waiting for ${names} to end` };
  }
  return {
    ...deleting,
    actions: planApply(input),
    message: 'removing labels, conditions and taints of nodes',
    nodeWrites: [...managed.map(({ node }) => node), ...left].flatMap((node) => planNodeRemoval(node) ?? []),
    finalizer: 'drop',
  };
}

function hasFinalizer({ metadata }: KubeObject): boolean {
  return metadata?.finalizers?.includes(aidaptivCache.finalizer) === true;
}

/** When an agent that is heard of now counts as silent, in milliseconds. */
export function nextSilenceMs({ nodes, exporters }: Plan): number | undefined {
  return earliest([...nodes.map(({ verdict }) => verdict.silentInMs), exporters?.changesAfterMs]);
}
