import { ais, kubernetes } from '@rackwright/keys';
import type { Service } from '@rackwright/kube';
import { fetchesAddress } from '../manifests/init-variables.ts';
import { loadBalancers, pendingLoadBalancers } from '../manifests/services.ts';
import { type RoleFacts, stateOfSet } from '../role-facts.ts';
import type { World } from './plan.ts';
import { lookAgainMs, type Waiting } from './role-plan.ts';

/** Load balancers as the spec wants them; those of targets that leave stay until their pods are gone. */
export function wantedBalancers({ owner, effective, sizes, facts }: World): Service[] {
  const { set, pods } = facts.target;
  const highest = Math.max(...pods.map(({ ordinal }) => ordinal + 1), 0);
  return loadBalancers(owner, effective, Math.max(sizes.target.size, set?.spec?.replicas ?? 0, highest));
}

/** Why the cluster waits for load balancers: those that have no address, by name. */
export function balancersWaiting(pending: readonly string[]): Waiting | undefined {
  if (pending.length === 0) return undefined;
  const message = `waiting for an address of Service ${pending.join(', ')}`;
  return { reason: ais.reason.loadBalancerPending, message, againAfterMs: lookAgainMs.loadBalancer };
}

export function pendingOf({ snapshot }: World, balancers: readonly Service[]): string[] {
  return pendingLoadBalancers(balancers, snapshot.services);
}

/**
 * Load balancers that no spec wants any more, and targets still give to clients as their address:
 * they go once every target was replaced by one that does not.
 */
export function lingeringBalancers({ snapshot, effective, facts }: World): Service[] {
  if (effective.external.target || !mayFetchAddress(facts.target)) return [];
  return snapshot.services.filter(
    ({ metadata }) => metadata?.labels?.[kubernetes.label.component] === ais.service.targetLoadBalancer,
  );
}

function mayFetchAddress({ set, pods }: RoleFacts): boolean {
  if (set === undefined || pods.length === 0) return false;
  const { isCurrent, updateRevision } = stateOfSet(set, pods);
  return (
    fetchesAddress(set.spec?.template) ||
    !isCurrent ||
    pods.some(({ revision }) => revision !== updateRevision)
  );
}

/**
 * The same cluster as far as its load balancers let it change: a target whose load balancer has no
 * address cannot start, so none is added or replaced for that until it has one. Everything else goes on.
 */
export function asFarAsBalanced(world: World, pending: readonly string[]): World {
  const { effective, facts } = world;
  const { set } = facts.target;
  if (pending.length === 0 || set === undefined) return world;
  const size = Math.min(facts.target.size, set.spec?.replicas ?? 0);
  return {
    ...world,
    effective: {
      ...effective,
      external: {
        ...effective.external,
        target: effective.external.target && fetchesAddress(set.spec?.template),
      },
    },
    facts: { ...facts, target: { ...facts.target, size, minReady: Math.min(facts.target.minReady, size) } },
  };
}
