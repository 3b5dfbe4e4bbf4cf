import {
  type AidaptivCache,
  type AidaptivCacheNode,
  aidaptivCacheNodes,
  aidaptivCaches,
  type PhisonDeviceOperator,
  phisonDeviceOperators,
} from '@rackwright/api';
import { aidaptivCache } from '@rackwright/keys';
import { type DaemonSet, keyOf, type Node } from '@rackwright/kube';
import { isManaged } from '../ai100/nodes/node-cache.ts';
import { judgeNode } from '../ai100/nodes/verdict.ts';
import {
  conditionFinding,
  daemonSetFinding,
  type Finding,
  firstOf,
  kindFindings,
  objectFindings,
  type Self,
} from './findings.ts';

/** What `verify` looks at of the AI100 family. */
export interface SeenCache {
  readonly self: Self;
  /** Plural names the API server serves in the versions we read. */
  readonly served: readonly string[];
  /** What the CRDs lack of this version, one sentence each. */
  readonly crds: readonly string[];
  readonly caches: readonly AidaptivCache[];
  readonly olders: readonly PhisonDeviceOperator[];
  /** Those the operator manages. */
  readonly daemonSets: readonly DaemonSet[];
  /** Nodes with drives. */
  readonly nodes: readonly Node[];
  readonly reports: readonly AidaptivCacheNode[];
  /** When that was, in milliseconds since the epoch. */
  readonly now: number;
}

/** Kinds of the family. */
export const cacheKinds = [aidaptivCaches, aidaptivCacheNodes, phisonDeviceOperators];

/** Evaluates the AidaptivCache: kinds, whose it is, how it and what it is made of stand, DaemonSets, nodes. */
export function cacheFindings(seen: SeenCache): Finding[] {
  const { self, served, crds, caches, olders, daemonSets } = seen;
  return [
    ...kindFindings(cacheKinds, served, crds),
    ...objectFindings(aidaptivCaches, caches, { self }),
    ...olders.map(olderFinding),
    ...daemonSets.map((daemonSet) => daemonSetFinding(daemonSet, self)),
    ...(caches.length === 0 ? [] : nodeFindings(seen)),
  ];
}

function olderFinding(older: PhisonDeviceOperator): Finding {
  const type = aidaptivCache.condition.accepted;
  return conditionFinding(`PhisonDeviceOperator ${keyOf(older)}`, older, { type });
}

/** One line for each node that is unhealthy or says nothing, judged as the operator does; one when there is none. */
function nodeFindings({ nodes, reports, now }: SeenCache): Finding[] {
  const managed = nodes.filter(isManaged);
  const reportOf = new Map(reports.map((report) => [report.metadata?.name, report]));
  const bad = managed.flatMap((node) => {
    const name = node.metadata?.name ?? '';
    const message = problemOf(reportOf.get(name), now);
    return message === undefined ? [] : [{ what: `AidaptivCacheNode ${name}`, ok: false, message }];
  });
  if (bad.length > 0) return firstOf('AidaptivCacheNodes', bad);
  const message = managed.length === 0 ? 'no node has AI100 drives' : `none of ${managed.length} unhealthy`;
  return [{ what: 'AidaptivCacheNodes', ok: true, message }];
}

function problemOf(report: AidaptivCacheNode | undefined, now: number): string | undefined {
  const { health, deviceProblem, cacheUnavailable } = judgeNode(report, now);
  if (health === 'healthy' || health === 'degraded') return undefined;
  const { reason, message } = deviceProblem.status === 'False' ? cacheUnavailable : deviceProblem;
  return `${reason}: ${message}`;
}
