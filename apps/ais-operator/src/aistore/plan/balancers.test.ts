import { describe, expect, test } from '@jest/globals';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { change, isReady, passOn, readyCluster, run, settings, settle } from '../../testing/model-passes.ts';
import { sampleCluster } from '../../testing/sample.ts';
import { fetchesAddress } from '../manifests/init-variables.ts';
import { planCluster } from './plan.ts';

const all = ['ais-proxy-lb', 'ais-target-0', 'ais-target-1', 'ais-target-2'];

function balancersOf(model: ModelCluster): string[] {
  return [...model.objects.values()]
    .filter(
      (one) => one.kind === 'Service' && (one as { spec?: { type?: string } }).spec?.type === 'LoadBalancer',
    )
    .map(({ metadata }) => metadata?.name ?? '')
    .sort();
}

/** A cluster whose load balancers of these names get no address until they are taken out. */
function unaddressed(names: readonly string[]) {
  return { badImages: new Set(['bad']), unaddressed: new Set(names) };
}

function targetsFetch(model: ModelCluster): boolean {
  const set = model.snapshot().statefulSets.find(({ metadata }) => metadata?.name === 'ais-target');
  return fetchesAddress(set?.spec?.template);
}

/** Whether each target was started by the template that there is now. */
function allReplaced({ cluster }: ModelCluster): boolean {
  return cluster.status?.targets?.updated === cluster.status?.targets?.current;
}

function readyMessage({ cluster }: ModelCluster): string | undefined {
  return cluster.status?.conditions?.find(({ type }) => type === 'Ready')?.message;
}

describe('a cluster with external access', () => {
  test('has a load balancer for each of its three targets and one for its proxies', () => {
    expect(balancersOf(readyCluster({ enableExternalLB: true }))).toEqual(all);
  });

  test('starts no pod before its load balancers have addresses, and says which has none', () => {
    const faults = unaddressed(['ais-target-1']);
    const model = new ModelCluster(sampleCluster({ enableExternalLB: true }), faults);
    passOn(model, 1);
    expect(model.cluster.status?.state).toBe('InitializingLoadBalancerService');
    passOn(model, 9);
    expect(model.cluster.status?.state).toBe('PendingLoadBalancerService');
    expect(readyMessage(model)).toContain('waiting for an address of Service ais-target-1');
    expect(balancersOf(model)).toEqual(all);
    expect(model.snapshot().statefulSets).toEqual([]);
    faults.unaddressed.clear();
    settle(model);
  });

  test('that is deleted goes although an address never came', () => {
    const model = new ModelCluster(sampleCluster({ enableExternalLB: true }), unaddressed(all));
    passOn(model, 3);
    const { cluster } = model;
    const deletionTimestamp = new Date(model.now).toISOString();
    model.cluster = { ...cluster, metadata: { ...cluster.metadata, deletionTimestamp } };
    passOn(model, 5);
    expect(planCluster(model.snapshot(), settings).stage).toBe('finalized');
    expect(model.objects.size).toBe(0);
  });

  test('is mended while an address is missing: a bad image does not stay for it', () => {
    const faults = unaddressed([]);
    const model = readyCluster({ enableExternalLB: true }, faults);
    const { nodeImage } = model.cluster.spec;
    change(model, { nodeImage: 'bad' });
    run(model, (now) => now.cluster.status?.proxies?.nodes?.some(({ state }) => state === 'Failed') === true);
    faults.unaddressed.add('ais-target-2');
    change(model, { nodeImage });
    run(model, (now) => now.cluster.status?.proxies?.ready === 3 && now.cluster.status.targets?.ready === 3);
    passOn(model, 30);
    expect(model.cluster.status?.state).toBe('PendingLoadBalancerService');
    expect(readyMessage(model)).toBe('waiting for an address of Service ais-target-2');
    faults.unaddressed.clear();
    settle(model);
    expect(model.lost).toEqual([]);
  });

  test('adds no target whose load balancer has no address', () => {
    const faults = unaddressed(['ais-target-4']);
    const model = readyCluster({ enableExternalLB: true }, faults);
    change(model, { size: 5 });
    passOn(model, 20);
    expect(model.activeTargets).toBe(3);
    expect(balancersOf(model)).toContain('ais-target-4');
    expect(readyMessage(model)).toBe('waiting for an address of Service ais-target-4');
    faults.unaddressed.clear();
    settle(model);
    expect(model.activeTargets).toBe(5);
  });

  test('keeps the load balancer of a target that leaves until its pod is gone', () => {
    const model = readyCluster({ enableExternalLB: true });
    const ending = model.snapshot().pods.find(({ metadata }) => metadata?.name === 'ais-target-2');
    const address = [...model.objects.values()].find(({ metadata }) => metadata?.name === 'ais-target-2');
    change(model, { size: 2 });
    run(model, (now) => isReady(now) && balancersOf(now).length === 3);
    const { pods, live, ...rest } = model.snapshot();
    if (ending === undefined || address === undefined) throw new Error('there was no third target');
    const deletes = (stillThere: typeof pods): unknown[] =>
      planCluster({ ...rest, pods: [...pods, ...stillThere], live: [...live, address] }, settings)
        .actions.filter(({ verb }) => verb === 'delete')
        .map(({ object }) => object.metadata?.name);
    expect(deletes([ending])).toEqual([]);
    expect(deletes([])).toEqual(['ais-target-2']);
    expect(model.lost).toEqual([]);
  });
});

describe('weakness 17: external access of a cluster that runs', () => {
  test('is switched on: addresses first, then each target is replaced once, and nothing is lost', () => {
    const faults = unaddressed(['ais-target-0']);
    const model = readyCluster({}, faults);
    change(model, { enableExternalLB: true });
    passOn(model, 20);
    expect(balancersOf(model)).toEqual(all);
    expect({ fetches: targetsFetch(model), active: model.activeTargets }).toEqual({
      fetches: false,
      active: 3,
    });
    expect(readyMessage(model)).toBe('waiting for an address of Service ais-target-0');
    faults.unaddressed.clear();
    const least = run(model, (now) => isReady(now) && targetsFetch(now) && allReplaced(now));
    expect(least).toBeGreaterThanOrEqual(2);
    expect(model.lost).toEqual([]);
  });

  test('is switched off: each target is replaced, and only then their load balancers go', () => {
    const model = readyCluster({ enableExternalLB: true });
    change(model, { enableExternalLB: false });
    run(model, (now) => {
      const targets = balancersOf(now).filter((name) => name !== 'ais-proxy-lb');
      const isDone = allReplaced(now) && !targetsFetch(now);
      if (!isDone) expect(targets).toEqual(all.slice(1));
      return isDone && isReady(now) && targets.length === 0;
    });
    expect(balancersOf(model)).toEqual([]);
    expect(model.lost).toEqual([]);
  });
});

test('weakness 27: intraClusterURL follows the domain, the port and the scheme', () => {
  const model = readyCluster();
  const url = (): string | undefined => model.cluster.status?.intraClusterURL;
  expect(url()).toBe('http://ais-proxy.ais.svc.cluster.local:51080');
  change(model, { clusterDomain: 'example.org' });
  passOn(model, 2);
  expect(url()).toBe('http://ais-proxy.ais.svc.example.org:51080');
  change(model, { proxySpec: { ...model.cluster.spec.proxySpec, portPublic: 52_080 } });
  passOn(model, 2);
  expect(url()).toBe('http://ais-proxy.ais.svc.example.org:52080');
  change(model, { configToUpdate: { net: { http: { use_https: true } } } });
  passOn(model, 2);
  expect(url()).toBe('https://ais-proxy.ais.svc.example.org:52080');
});
