import type { AidaptivCacheSpec } from '@rackwright/api';
import { aidaptivCache } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';
import type { Finding, NodeVerdict } from './verdict.ts';

type NodeCondition = NonNullable<NonNullable<Node['status']>['conditions']>[number];
type Taint = NonNullable<NonNullable<Node['spec']>['taints']>[number];

/** What is written on one Node; what is absent is as it should be. */
export interface NodeWrite {
  readonly node: Node;
  /** Empty takes ours away. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Ours, all of them; empty takes them away. */
  readonly conditions?: readonly NodeCondition[];
  /** All taints of the node: the API server knows no parts of them. */
  readonly taints?: readonly Taint[];
}

const ownTypes: readonly string[] = Object.values(aidaptivCache.nodeCondition);

/** What brings a node to what the verdict says; undefined when it is so. Pure. */
export function planNode(
  node: Node,
  verdict: NodeVerdict,
  effect: AidaptivCacheSpec['recovery']['taint'],
  now: number,
): NodeWrite | undefined {
  const { health } = verdict;
  const findings = [verdict.deviceProblem, verdict.cacheUnavailable];
  const write = {
    ...labelPart(node, health === undefined ? {} : { [aidaptivCache.healthLabel]: health }),
    ...conditionPart(node, findings, now),
    ...taintPart(node, wantedTaint(node, verdict, effect)),
  };
  return Object.keys(write).length === 0 ? undefined : { node, ...write };
}

/** What takes everything of ours from a node; undefined when there is nothing. */
export function planNodeRemoval(node: Node): NodeWrite | undefined {
  const conditions = ownConditions(node);
  const write = {
    ...labelPart(node, {}),
    ...(conditions.length === 0 ? {} : { conditions: [] }),
    ...taintPart(node, undefined),
  };
  return Object.keys(write).length === 0 ? undefined : { node, ...write };
}

function labelPart(node: Node, wanted: Readonly<Record<string, string>>): Pick<NodeWrite, 'labels'> {
  const before = node.metadata?.labels?.[aidaptivCache.healthLabel];
  return before === wanted[aidaptivCache.healthLabel] ? {} : { labels: wanted };
}

function ownConditions({ status }: Node): NodeCondition[] {
  return (status?.conditions ?? []).filter(({ type }) => ownTypes.includes(type));
}

function conditionPart(node: Node, findings: readonly Finding[], now: number): Pick<NodeWrite, 'conditions'> {
  const before = ownConditions(node);
  const isSame = findings.every((finding) => {
    const live = before.find(({ type }) => type === finding.type);
    return (['status', 'reason', 'message'] as const).every((key) => live?.[key] === finding[key]);
  });
  if (isSame) return {};
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return {
    conditions: findings.map((finding) => {
      const live = before.find(({ type }) => type === finding.type);
      const lastTransitionTime = live?.status === finding.status ? (live.lastTransitionTime ?? time) : time;
      return { ...finding, lastHeartbeatTime: time, lastTransitionTime };
    }),
  };
}

/** While nobody knows how a node is, its taint stays as it is. */
function wantedTaint(
  node: Node,
  { deviceProblem, cacheUnavailable }: NodeVerdict,
  effect: AidaptivCacheSpec['recovery']['taint'],
): Taint | undefined {
  if (effect === 'None') return undefined;
  const statuses = [deviceProblem.status, cacheUnavailable.status];
  if (statuses.includes('True')) return { key: aidaptivCache.taint, effect };
  const isThere = node.spec?.taints?.some(({ key }) => key === aidaptivCache.taint) === true;
  return statuses.includes('Unknown') && isThere ? { key: aidaptivCache.taint, effect } : undefined;
}

function taintPart({ spec }: Node, wanted: Taint | undefined): Pick<NodeWrite, 'taints'> {
  const all = spec?.taints ?? [];
  const own = all.filter(({ key }) => key === aidaptivCache.taint);
  const isSame =
    own.length === (wanted === undefined ? 0 : 1) && own.every(({ effect }) => effect === wanted?.effect);
  if (isSame) return {};
  const others = all.filter(({ key }) => key !== aidaptivCache.taint);
  return { taints: [...others, ...(wanted === undefined ? [] : [wanted])] };
}
