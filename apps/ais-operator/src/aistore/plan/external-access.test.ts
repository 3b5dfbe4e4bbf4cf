import { describe, expect, test } from '@jest/globals';
import type { ModelCluster } from '../../testing/model-cluster.ts';
import { change, readyCluster, settings, settle } from '../../testing/model-passes.ts';
import { planCluster } from './plan.ts';

function balancers({ objects }: ModelCluster): string[] {
  return [...objects.keys()].filter((key) => /-lb$|Service .*-target-\d+$/.test(key)).sort();
}

function podsOf(model: ModelCluster, role: string): (string | undefined)[] {
  return model
    .snapshot()
    .pods.filter(({ metadata }) => metadata?.name?.includes(`-${role}-`))
    .map(({ metadata }) => metadata?.uid);
}

function outside(model: ModelCluster, on: boolean): void {
  const { proxySpec, targetSpec } = model.cluster.spec;
  const access = { externalAccess: on ? {} : undefined };
  change(model, { proxySpec: { ...proxySpec, ...access }, targetSpec: { ...targetSpec, ...access } });
}

describe('weakness 17: external access of a cluster with objects', () => {
  test('is switched on and off: targets start anew, for they are told of their address, proxies stay', () => {
    const model = readyCluster({ size: 2 });
    const [proxies, targets] = [podsOf(model, 'proxy'), podsOf(model, 'target')];
    outside(model, true);
    settle(model);
    expect(balancers(model)).toEqual([
      'Service ais/ais-proxy-lb',
      'Service ais/ais-target-0',
      'Service ais/ais-target-1',
    ]);
    expect(podsOf(model, 'proxy')).toEqual(proxies);
    expect(podsOf(model, 'target').filter((uid) => targets.includes(uid))).toEqual([]);
    outside(model, false);
    settle(model);
    expect(balancers(model)).toEqual([]);
    expect(model.lost).toEqual([]);
  });

  test('follows its size: an address of a target goes once the target has gone', () => {
    const model = readyCluster({ size: 3, enableExternalLB: true });
    change(model, { size: 1 });
    expect(planCluster(model.snapshot(), settings).actions.filter(({ verb }) => verb === 'delete')).toEqual(
      [],
    );
    settle(model);
    expect(balancers(model)).toEqual(['Service ais/ais-proxy-lb', 'Service ais/ais-target-0']);
    expect(model.lost).toEqual([]);
  });
});
