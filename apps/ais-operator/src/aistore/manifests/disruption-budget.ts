import { ais } from '@rackwright/keys';
import type { PodDisruptionBudget } from '@rackwright/kube';
import type { EffectiveSpec } from '../effective.ts';
import { names, type Owner, ownedMeta, ownerLabels, selectorLabels } from '../identity.ts';

/**
 * What keeps evictions from taking targets away; none unless it is wanted.
 *
 * @param mayGo a target is in maintenance to be evicted: those that are not ready may go, which it is not
 */
export function disruptionBudget(
  owner: Owner,
  { spec }: EffectiveSpec,
  mayGo: boolean,
): PodDisruptionBudget[] {
  const { pdb } = spec.targetSpec;
  if (pdb?.enabled !== true) return [];
  return [
    {
      ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' },
      metadata: ownedMeta(owner, names.disruptionBudget(owner.name), {
        ...ownerLabels(owner.name),
        [ais.label.app]: owner.name,
      }),
      spec: {
        maxUnavailable: pdb.maxUnavailable ?? 0,
        unhealthyPodEvictionPolicy: mayGo ? 'AlwaysAllow' : 'IfHealthyBudget',
        selector: { matchLabels: selectorLabels(owner.name, 'target') },
      },
    },
  ];
}
