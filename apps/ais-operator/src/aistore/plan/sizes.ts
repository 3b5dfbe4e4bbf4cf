import type { AIStoreSpec } from '@rackwright/api';
import { compareText } from '@rackwright/core';
import type { Node, Toleration } from '@rackwright/kube';
import type { Role } from '../identity.ts';
import type { PodFacts } from '../pod-facts.ts';

/** How many pods of a role are wanted. */
export interface RoleSize {
  readonly size: number;
  /** Fewer ready ones than that are no cluster. */
  readonly minReady: number;
  /** Where the size follows the nodes: their names, sorted. */
  readonly nodes?: readonly string[];
}

/** Follows the nodes. */
const automatic = -1;

/** Sizes as the spec says, or by the nodes that fit (ais.md §2.11). */
export function roleSize(
  spec: AIStoreSpec,
  role: Role,
  nodes: readonly Node[],
  pods: readonly PodFacts[],
): RoleSize {
  const own = role === 'proxy' ? spec.proxySpec : spec.targetSpec;
  const wanted = spec.size === automatic ? automatic : (own.size ?? spec.size ?? 1);
  if (wanted !== automatic) return { size: wanted, minReady: wanted };
  const fitting = nodes.filter((node) => fits(node, own.nodeSelector ?? {}, own.tolerations ?? []));
  const hosting = pods.flatMap(({ nodeName, isTerminating }) => (isTerminating ? [] : (nodeName ?? [])));
  const there = new Set(nodes.map(({ metadata }) => metadata?.name ?? ''));
  const names = [
    // A node that is gone counts no longer, whatever is left of its pods.
    ...new Set([
      ...fitting.map(({ metadata }) => metadata?.name ?? ''),
      ...hosting.filter((name) => there.has(name)),
    ]),
  ].sort(compareText);
  const { sizeLimit = Number.POSITIVE_INFINITY, maxUnavailable = 0 } = own.autoScale ?? {};
  // A cluster of no targets does not start.
  const size = Math.max(1, Math.min(names.length, sizeLimit));
  return { size, minReady: Math.max(1, size - maxUnavailable), nodes: names };
}

function fits(
  { metadata, spec }: Node,
  selector: Readonly<Record<string, string>>,
  tolerations: readonly Toleration[],
): boolean {
  const labels = metadata?.labels ?? {};
  const taints = (spec?.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
  return (
    Object.entries(selector).every(([key, value]) => labels[key] === value) &&
    taints.every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)))
  );
}

/** As the scheduler decides (k8s.io/api/core/v1, Toleration.ToleratesTaint). */
function tolerates(
  { key = '', operator = 'Equal', value = '', effect }: Toleration,
  taint: { readonly key: string; readonly value?: string; readonly effect: string },
): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' ? true : key !== '' && value === (taint.value ?? '');
}
