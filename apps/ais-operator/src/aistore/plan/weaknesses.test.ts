import { describe, expect, test } from '@jest/globals';
import type { AisNode } from '@rackwright/aistore';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { change, passOn, readyCluster, run, settings, settle } from '../../testing/model-passes.ts';
import { sampleCluster } from '../../testing/sample.ts';
import type { AisCall } from '../calls.ts';
import { ownObservation } from '../observed/own-map.ts';
import type { Snapshot } from '../snapshot.ts';
import { type StatusInput, statusOf } from '../status.ts';
import { nothing, planCluster } from './plan.ts';

/** What the status says of a cluster as it was seen. */
function told(snapshot: Snapshot, more: Partial<StatusInput> = {}) {
  const { cluster } = snapshot;
  if (cluster === undefined) throw new Error('there is no cluster');
  const plan = planCluster(snapshot, settings);
  const status = statusOf({ snapshot, cluster, plan, crdShortfall: undefined, ...more });
  const conditionOf = (wanted: string) => status.conditions?.find(({ type }) => type === wanted);
  return { plan, status, ready: conditionOf('Ready'), stalled: conditionOf('Stalled') };
}

/** Passes until the cluster is as wanted, with all that was asked of AIStore meanwhile. */
function callsUntil(model: ModelCluster, until: (model: ModelCluster) => boolean): AisCall[] {
  const calls: AisCall[] = [...planCluster(model.snapshot(), settings).calls];
  run(model, (now) => {
    if (until(now)) return true;
    calls.push(...planCluster(now.snapshot(), settings).calls);
    return false;
  });
  return calls;
}

function isSettled({ cluster: { status, metadata } }: ModelCluster): boolean {
  return status?.state === 'Ready' && status.observedGeneration === metadata?.generation;
}

function isLeaving({ flags }: AisNode): boolean {
  return flags.decommissioning;
}

test('weakness 4: a decommission whose rebalance was called off is asked for again', () => {
  const model = readyCluster(undefined, { badImages: new Set(), rebalanceHangs: true });
  change(model, { size: 2 });
  const leaving = () => [...(model.snapshot().ais?.map?.targets.values() ?? [])].filter(isLeaving);
  run(model, () => leaving().length === 1);
  const moving = model.snapshot();
  expect(planCluster(moving, settings).calls).toEqual([]);
  if (moving.ais?.rebalance === undefined) throw new Error('nothing is moved');
  const rebalance = { ...moving.ais.rebalance, running: false, aborted: true };
  const { calls } = planCluster({ ...moving, ais: { ...moving.ais, rebalance } }, settings);
  expect(calls).toMatchObject([{ kind: 'decommission', pod: 'ais-target-2', removeUserData: false }]);
});

test('weakness 5: targets leave one at a time, as AIStore answers that it is busy otherwise', () => {
  const model = readyCluster({ size: 5 });
  change(model, { size: 2 });
  // The model throws where another is asked for while a rebalance runs.
  const leaving = callsUntil(model, isSettled).flatMap((call) =>
    call.kind === 'decommission' && call.node.startsWith('target') ? [call.pod] : [],
  );
  expect(leaving).toEqual(['ais-target-4', 'ais-target-3', 'ais-target-2']);
  expect({ targets: model.activeTargets, lost: model.lost }).toEqual({ targets: 2, lost: [] });
});

test('weakness 6: a target in maintenance is in the cluster map, and does not count as ready', () => {
  const model = readyCluster();
  const maintenance: AisCall = {
    ...{ kind: 'start maintenance', pod: 'ais-target-1', node: 'target-1' },
    rebalance: false,
  };
  model.carryOut({ ...nothing, stage: 'running', calls: [maintenance] });
  const { status } = told(model.snapshot());
  expect(status.targets?.ready).toBe(2);
  expect(status.targets?.nodes?.map(({ state }) => state)).toEqual(['Ready', 'Maintenance', 'Ready']);
});

describe('weakness 7: an AIStore that is shut down', () => {
  test('is not Ready from the first pass on', () => {
    const model = readyCluster();
    change(model, { shutdownCluster: true });
    run(model, (now) => {
      const { status = {} } = now.cluster;
      expect(status.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
      return status.state === 'Shutdown';
    });
  });

  test('shuts down while it is broken, too', () => {
    const bad = 'docker.io/aistorage/aisnode:no-such';
    const model = new ModelCluster(sampleCluster(), { badImages: new Set([bad]) });
    settle(model);
    change(model, { nodeImage: bad });
    run(model, ({ cluster: { status } }) =>
      (status?.proxies?.nodes ?? []).some(({ state }) => state === 'Failed'),
    );
    change(model, { shutdownCluster: true });
    run(model, ({ cluster }) => cluster.status?.state === 'Shutdown');
    expect(model.snapshot().pods).toEqual([]);
  });
});

test('weakness 11: what somebody changed by hand is put back, and what nobody asked for stays', () => {
  const model = readyCluster({ configToUpdate: { mirror: { enabled: true, copies: 2 } } });
  model.config = { ...model.config, mirror: { enabled: false, copies: 2 }, lru: { enabled: false } };
  passOn(model, 2);
  expect(model.config).toMatchObject({ mirror: { enabled: true, copies: 2 }, lru: { enabled: false } });
  expect(planCluster(model.snapshot(), settings).calls).toEqual([]);
});

test('weakness 12: sizes, nodes and the generation are in the status, and nothing is in annotations', () => {
  const model = readyCluster();
  expect(model.cluster.metadata?.annotations).toBeUndefined();
  expect(model.cluster.status).toMatchObject({
    ...{ observedGeneration: 1, replicas: 3 },
    selector: 'app.kubernetes.io/name=ais,app.kubernetes.io/component=target',
    proxies: { desired: 3, current: 3, ready: 3 },
    targets: { desired: 3, current: 3, ready: 3, nodes: [{ pod: 'ais-target-0', state: 'Ready' }, {}, {}] },
  });
});

test('weakness 21: when the last target has another image, what could not be moved meanwhile is moved', () => {
  const model = readyCluster();
  change(model, { nodeImage: 'docker.io/aistorage/aisnode:v5.0' });
  const calls = callsUntil(model, isSettled);
  const kinds = calls.map(({ kind }) => kind);
  expect(kinds.lastIndexOf('rebalance')).toBeGreaterThan(kinds.lastIndexOf('start maintenance'));
  expect(kinds.filter((kind) => kind === 'start maintenance').length).toBeGreaterThanOrEqual(3);
  expect(model.config).toMatchObject({ rebalance: { enabled: true } });
});

test('weakness 24: a configuration that AIStore refuses is told with its reason, and not sent again', () => {
  const model = readyCluster();
  change(model, { configToUpdate: { mirror: { copies: 99 } } });
  const snapshot = model.snapshot();
  const [call] = planCluster(snapshot, settings).calls;
  if (call?.kind !== 'set config' || snapshot.ais === undefined) throw new Error('no configuration is sent');
  const refused = { config: call.config as never, message: 'invalid mirror.copies 99' };
  const after = { ...snapshot, ais: { ...snapshot.ais, refused } };
  const { plan, ready, stalled } = told(after, { refusedConfig: refused.message });
  expect(plan.calls).toEqual([]);
  expect(ready).toMatchObject({ status: 'False', reason: 'ConfigRejected', message: refused.message });
  expect(stalled?.status).toBe('True');
});

describe('weakness 26: an AIStore', () => {
  test.each([
    'connect ECONNREFUSED 10.0.0.1:51080',
    'GET http://ais-proxy.ais/v1/daemon: the answer is cut short',
    'GET http://ais-proxy.ais/v1/daemon: 401 token required',
    'GET http://ais-proxy.ais/v1/daemon: 503',
  ])(
    'that does not answer as it should (%s) is no longer Ready, is left as it is, and asked again soon',
    (problem) => {
      const model = readyCluster();
      const ais = { at: model.now, isReady: false, problem };
      const { plan, ready, status } = told({ ...model.snapshot(), ais });
      expect(ready).toMatchObject({ status: 'False', reason: 'ClusterNotReady' });
      expect(ready?.message).toContain(problem);
      expect(status.state).not.toBe('Ready');
      expect(plan).toMatchObject({ actions: [], calls: [], restarts: [], againAfterMs: 3_000 });
    },
  );

  test('in whose place another answers says so, and nothing is asked of the other', () => {
    const model = readyCluster({ configToUpdate: { mirror: { enabled: true } } });
    const snapshot = model.snapshot();
    if (snapshot.ais?.map === undefined) throw new Error('no map');
    const foreign = { ...snapshot.ais, config: {}, map: { ...snapshot.ais.map, uuid: 'other' } };
    const nodes = { proxies: new Map(), targets: new Map() };
    const seen = { ...foreign, map: { ...foreign.map, ...nodes } };
    const ais = ownObservation(seen, model.cluster.status?.clusterID, snapshot.pods);
    const { plan, ready, status } = told({ ...snapshot, ais });
    expect(ready?.message).toMatch(/another cluster answers: it is other, not model/);
    expect(status.clusterID).toBe('model');
    expect(plan).toMatchObject({ actions: [], calls: [], restarts: [] });
    // Its own pods under another id: all of them lost what they knew it by.
    expect(ownObservation(foreign, 'model', snapshot.pods)).toBe(foreign);
    expect(ownObservation(seen, undefined, snapshot.pods)).toBe(seen);
  });

  test('of a thousand nodes is planned for as one of three', () => {
    const model = readyCluster();
    const snapshot = model.snapshot();
    if (snapshot.ais?.map === undefined) throw new Error('no map');
    const [node] = snapshot.ais.map.targets.values();
    if (node === undefined) throw new Error('no target');
    const others = Array.from({ length: 1_000 }, (_, i): [string, typeof node] => {
      const controlNet = { ...node.controlNet, host: `elsewhere-${i}` };
      return [`t-${i}`, { ...node, id: `t-${i}`, controlNet }];
    });
    const map = { ...snapshot.ais.map, targets: new Map([...snapshot.ais.map.targets, ...others]) };
    const { plan, ready } = told({ ...snapshot, ais: { ...snapshot.ais, map } });
    expect(ready?.status).toBe('True');
    expect(plan).toMatchObject({ actions: [], calls: [], restarts: [] });
  });
});
