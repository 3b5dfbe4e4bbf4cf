import { describe, expect, test } from '@jest/globals';
import type { StatefulSet } from '@rackwright/kube';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { change, isReady, readyCluster, run, settings, settle } from '../../testing/model-passes.ts';
import { sampleCluster } from '../../testing/sample.ts';
import type { Snapshot } from '../snapshot.ts';
import { planCluster } from './plan.ts';

/** What a pod says whose container ends again and again. */
const endsAgain = {
  containerStatuses: [
    {
      ...{ name: 'ais-node', image: '', imageID: '', ready: false, restartCount: 2 },
      state: { waiting: { reason: 'CrashLoopBackOff' } },
    },
  ],
};

describe('a cluster', () => {
  test('comes up: the first proxy alone, then the others, then targets', () => {
    const model = new ModelCluster(sampleCluster());
    const seen: string[] = [];
    run(model, (now) => {
      const sizes = now
        .snapshot()
        .statefulSets.map(({ metadata, spec }) => `${metadata?.name} ${spec?.replicas}`);
      if (seen.at(-1) !== sizes.join(', ')) seen.push(sizes.join(', '));
      return isReady(now);
    });
    expect(seen).toEqual(['ais-proxy 1', 'ais-proxy 3', 'ais-proxy 3, ais-target 3']);
    expect(model.cluster.status?.targets).toMatchObject({ desired: 3, current: 3, ready: 3 });
  });

  test('that is ready and unchanged is not written to, and nothing is asked of it that changes something', () => {
    const model = readyCluster();
    for (let i = 0; i < 5; i++) {
      const plan = planCluster(model.snapshot(), settings);
      expect({ actions: plan.actions, calls: plan.calls, restarts: plan.restarts }).toEqual({
        ...{ actions: [], calls: [], restarts: [] },
      });
      model.step();
    }
  });

  test.each([
    [1, 5],
    [5, 1],
    [4, 2],
  ])('of %d targets becomes one of %d, and no object is lost', (from, to) => {
    const model = readyCluster({ size: from });
    change(model, { size: to });
    settle(model);
    expect(model.activeTargets).toBe(to);
    expect(model.lost).toEqual([]);
  });

  test('rolls to another image one target after the other, and no object is lost', () => {
    const model = readyCluster();
    change(model, { nodeImage: 'docker.io/aistorage/aisnode:v5.0' });
    const least = run(
      model,
      (now) =>
        isReady(now) &&
        now.cluster.status?.targets?.updated === 3 &&
        now.cluster.status.observedGeneration === 2,
    );
    expect(least).toBeGreaterThanOrEqual(2);
    expect(model.lost).toEqual([]);
    expect(model.config).toMatchObject({ rebalance: { enabled: true } });
  });

  test('weakness 3: a first proxy that cannot run is replaced by the mend, though the cluster map lacks it', () => {
    const model = readyCluster();
    change(model, { nodeImage: 'docker.io/aistorage/aisnode:v5.0' });
    const partitionOf = (now: Snapshot): unknown =>
      planCluster(now, settings)
        .actions.map(({ object }) => object as StatefulSet)
        .find(({ metadata }) => metadata?.name === 'ais-proxy')?.spec?.updateStrategy?.rollingUpdate
        ?.partition;
    const fine = model.snapshot();
    // The first proxy is replaced last, for it is the primary meanwhile.
    expect(partitionOf(fine)).toBe(1);
    const isFirst = ({ metadata }: { metadata?: { name?: string } }): boolean =>
      metadata?.name === 'ais-proxy-0';
    const pods = fine.pods.map((pod) => (isFirst(pod) ? { ...pod, status: endsAgain } : pod));
    const proxies = new Map([...(fine.ais?.map?.proxies ?? [])].filter(([id]) => id !== 'proxy-0'));
    const map = fine.ais?.map && { ...fine.ais.map, proxies, primary: 'proxy-1' };
    const ais = fine.ais && map && { ...fine.ais, map };
    expect(partitionOf({ ...fine, pods, ais })).toBe(0);
  });

  test('goes back to its first image, and every pod has it again', () => {
    const model = readyCluster();
    const images = (): unknown[] =>
      model
        .snapshot()
        .pods.map(({ metadata }) => /aisnode:v\d\.\d/.exec(JSON.stringify(metadata?.labels))?.[0]);
    for (const version of ['v5.0', 'v4.9']) {
      change(model, { nodeImage: `docker.io/aistorage/aisnode:${version}` });
      settle(model);
      expect(new Set(images())).toEqual(new Set([`aisnode:${version}`]));
    }
    expect(model.lost).toEqual([]);
  });

  test('comes back from an image that does not exist to one that does, without hands', () => {
    const bad = 'docker.io/aistorage/aisnode:no-such';
    const model = new ModelCluster(sampleCluster(), { badImages: new Set([bad]) });
    settle(model);
    model.fill();
    change(model, { nodeImage: bad });
    run(
      model,
      ({ cluster }) => cluster.status?.proxies?.nodes?.some(({ state }) => state === 'Failed') === true,
    );
    expect(model.cluster.status?.state).toBe('Upgrading');
    change(model, { nodeImage: 'docker.io/aistorage/aisnode:v5.0' });
    settle(model);
    expect(model.lost).toEqual([]);
  });

  test('whose first image does not exist comes up once it names one that does', () => {
    const bad = 'docker.io/aistorage/aisnode:no-such';
    const model = new ModelCluster(sampleCluster({ nodeImage: bad }), { badImages: new Set([bad]) });
    run(model, ({ cluster }) => (cluster.status?.proxies?.current ?? 0) > 0);
    change(model, { nodeImage: 'docker.io/aistorage/aisnode:v4.9' });
    settle(model);
  });

  test('shuts down and comes back with its data', () => {
    const model = readyCluster();
    change(model, { shutdownCluster: true });
    run(model, ({ cluster }) => cluster.status?.state === 'Shutdown');
    expect(model.snapshot().pods).toEqual([]);
    change(model, { shutdownCluster: false });
    settle(model);
    expect(model.lost).toEqual([]);
  });

  test('that is deleted is told to end, then has no pods, then no objects', () => {
    const model = readyCluster();
    const { metadata } = model.cluster;
    model.cluster = {
      ...model.cluster,
      metadata: { ...metadata, deletionTimestamp: new Date(model.now).toISOString() },
    };
    run(model, (now) => planCluster(now.snapshot(), settings).stage === 'finalized');
    expect([...model.objects.keys()]).toEqual([]);
  });

  test('that ended without its answer having come is deleted without waiting for one', () => {
    const model = readyCluster();
    const snapshot = model.snapshot();
    const { metadata } = model.cluster;
    const deletionTimestamp = new Date(model.now).toISOString();
    const pods = snapshot.pods.map((pod) => ({ ...pod, status: endsAgain }));
    const ended = {
      ...snapshot,
      ais: undefined,
      cluster: { ...model.cluster, metadata: { ...metadata, deletionTimestamp } },
    };
    const replicas = (now: Snapshot): unknown[] =>
      planCluster(now, settings).actions.map(({ object }) => (object as StatefulSet).spec?.replicas);
    expect(replicas(ended)).toEqual([]);
    expect(replicas({ ...ended, pods })).toEqual([0, 0]);
  });

  describe('that is deleted with its metadata', () => {
    const host = { kubernetes: { labels: { 'kubernetes.io/hostname': 'node-1' } } };
    const nodes = [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', ...host.kubernetes } }];
    const deleted = (): ModelCluster => {
      const model = readyCluster({
        cleanupMetadata: true,
        stateStorage: { hostPath: { prefix: '/etc/ais' } },
      });
      model.nodes.push(...nodes);
      const { metadata } = model.cluster;
      const deletionTimestamp = new Date(model.now).toISOString();
      model.cluster = { ...model.cluster, metadata: { ...metadata, deletionTimestamp } };
      return model;
    };
    const isFinalized = (now: ModelCluster): boolean =>
      planCluster(now.snapshot(), settings).stage === 'finalized';
    const jobs = ({ objects }: ModelCluster): string[] =>
      [...objects.keys()].filter((key) => key.startsWith('Job'));

    test('has the folder of each node cleaned once, before it is gone', () => {
      const model = deleted();
      const seen: (string | undefined)[] = [];
      run(model, (now) => {
        const { state } = now.cluster.status ?? {};
        if (seen.at(-1) !== state) seen.push(state);
        return isFinalized(now);
      });
      expect(seen).toEqual(['Decommissioning', 'HostCleanup']);
      expect(model.jobsRun).toBe(1);
      // It has the cluster's object as its owner, and goes with it.
      expect([...model.objects.keys()]).toEqual(jobs(model));
    });

    test('goes without that where its namespace goes, too', () => {
      const model = deleted();
      model.namespaceEnds = true;
      run(model, isFinalized);
      expect([...model.objects.keys()]).toEqual([]);
    });
  });
});
