import { ais } from '@rackwright/keys';
import { names, type Role } from '../identity.ts';
import { liveConfig } from '../manifests/cluster-config.ts';
import { idleSet, isIdle } from '../manifests/idle-set.ts';
import { configCalls, isRebalanceOff } from './config-call.ts';
import { type Plan, type World, wantedBeside } from './plan.ts';
import { lookAgainMs, type Waiting } from './role-plan.ts';

/** Ends the pods of a cluster and keeps its data: proxies first, so that nobody sees targets go (ais.md §2.9). */
export function planShutdown(world: World): Plan {
  const { snapshot, effective, settings, owner } = world;
  const set = (role: Role) =>
    snapshot.statefulSets.find(({ metadata }) => metadata?.name === names.role(owner.name, role));
  const [proxies, targets] = [set('proxy'), set('target')];
  const kept = [proxies, targets].filter((one) => one !== undefined);
  if (kept.every(isIdle))
    return { ...wantedBeside(world, kept.map(idleSet)), stage: 'shut down', mayRebalance: false };
  const domain = effective.spec.clusterDomain ?? settings.clusterDomain;
  const config = liveConfig({ owner, effective, domain, mayRebalance: false });
  // A cluster that does not answer has nothing to move either.
  const calls = isRebalanceOff(snapshot.ais) ? [] : configCalls(config, snapshot.ais);
  const proxiesGone = proxies === undefined || isIdle(proxies);
  const ending = [calls.length > 0 ? undefined : proxies, proxiesGone ? targets : undefined];
  const idle = ending.filter((one) => one !== undefined);
  const waiting: Waiting = {
    ...{ reason: ais.reason.shutdown, againAfterMs: lookAgainMs.shutdown },
    message: proxiesGone ? 'waiting for targets to end' : 'waiting for proxies to end',
  };
  return {
    ...wantedBeside(
      world,
      idle.map(idleSet),
      kept.filter((one) => !idle.includes(one)),
    ),
    ...{ stage: 'shutting down', calls, mayRebalance: false, waiting },
    againAfterMs: waiting.againAfterMs,
  };
}
