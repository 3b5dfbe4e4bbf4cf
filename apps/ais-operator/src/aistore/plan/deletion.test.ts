import { describe, expect, test } from '@jest/globals';
import { kubernetes } from '@rackwright/keys';
import type { Job, KubeObject, Node } from '@rackwright/kube';
import type { ModelCluster, ModelFaults } from '../../testing/model-cluster.ts';
import { readyCluster, run, settings } from '../../testing/model-passes.ts';
import { eventsOf } from '../events.ts';
import { planCluster } from './plan.ts';

const hostPath = { stateStorage: { hostPath: { prefix: '/etc/ais' } } };

/** A cluster with objects that somebody deletes. */
function deleted(spec: Record<string, unknown>, faults?: ModelFaults): ModelCluster {
  const model = readyCluster(spec, faults);
  model.nodes.push(node('node-1'), node('node-2', { disks: 'none' }));
  const { metadata } = model.cluster;
  const deletionTimestamp = new Date(model.now).toISOString();
  model.cluster = { ...model.cluster, metadata: { ...metadata, deletionTimestamp } };
  return model;
}

function node(name: string, labels: Record<string, string> = {}): Node {
  const own = { [kubernetes.label.hostname]: name, ...labels };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: own } };
}

/** Until nothing is left to do; with what was asked of AIStore. */
function untilGone(model: ModelCluster): unknown[] {
  const calls: unknown[] = [];
  run(model, (now) => {
    const plan = planCluster(now.snapshot(), settings);
    calls.push(...plan.calls);
    return plan.stage === 'finalized';
  });
  return calls;
}

function jobsOf({ objects }: ModelCluster): Job[] {
  return [...objects.values()].filter(({ kind }) => kind === 'Job') as Job[];
}

describe('an AIStore that is deleted', () => {
  test.each([
    ['nothing', {}, { kind: 'shut down' }, 0],
    [
      'cleanupMetadata',
      { cleanupMetadata: true },
      { kind: 'decommission cluster', removeUserData: false },
      2,
    ],
    [
      'cleanupMetadata and cleanupData',
      { cleanupMetadata: true, cleanupData: true },
      { kind: 'decommission cluster', removeUserData: true },
      2,
    ],
  ])('with %s set asks AIStore for that, and cleans no more', (_, policy, call, jobs) => {
    const model = deleted({ ...hostPath, ...policy });
    expect(planCluster(model.snapshot(), settings).calls).toEqual([call]);
    untilGone(model);
    expect(jobsOf(model)).toHaveLength(jobs);
    expect([...model.objects.values()].filter(({ kind }) => kind !== 'Job')).toEqual([]);
  });

  test.each([
    ['claims', { stateStorage: { pvc: { storageClass: 'fast' } } }],
    ['folders that end with their pods', { stateStorage: { emptyDir: {} } }],
  ])('with its state in %s cleans no folder of a node', (_, spec) => {
    const model = deleted({ ...spec, cleanupMetadata: true });
    untilGone(model);
    expect(jobsOf(model)).toEqual([]);
  });

  test('has its claims deleted only with cleanupMetadata', () => {
    const claim: KubeObject = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' } };
    for (const [cleanupMetadata, claims] of [
      [false, []],
      [true, [claim]],
    ] as const) {
      const model = deleted({ ...hostPath, cleanupMetadata });
      run(model, (now) => now.snapshot().pods.length === 0);
      const snapshot = { ...model.snapshot(), claims: [claim] };
      expect(planCluster(snapshot, settings).claims).toEqual(claims);
    }
  });

  test('weakness 10: is told to end and scaled to nothing in one pass, so that no container starts again', () => {
    const { calls, actions } = planCluster(deleted({}).snapshot(), settings);
    expect(calls).toEqual([{ kind: 'shut down' }]);
    const sizes = actions.map(({ object }) => [
      object.metadata?.name,
      (object as { spec?: { replicas?: number } }).spec?.replicas,
    ]);
    expect(sizes).toEqual([
      ['ais-proxy', 0],
      ['ais-target', 0],
    ]);
  });

  describe('weakness 8: the jobs that clean its nodes', () => {
    test('are its own, by labels, owner, image and pull secrets, on the nodes its pods may have had', () => {
      const model = deleted({
        ...{ ...hostPath, cleanupMetadata: true, imagePullSecrets: [{ name: 'registry' }] },
        proxySpec: {
          ...{ servicePort: 51_080, portPublic: 51_080, portIntraControl: 51_082, portIntraData: 51_083 },
          nodeSelector: { disks: 'none' },
        },
        targetSpec: { nodeSelector: { disks: 'many' } },
      });
      untilGone(model);
      const [job, ...others] = jobsOf(model);
      expect(others).toEqual([]);
      expect(job?.metadata).toMatchObject({
        name: 'ais-cleanup-node-2',
        labels: { 'app.kubernetes.io/name': 'ais', 'app.kubernetes.io/component': 'cleanup' },
        ownerReferences: [{ kind: 'AIStore', name: 'ais', uid: 'cluster-uid', controller: true }],
      });
      const pod = job?.spec?.template.spec;
      expect(pod?.containers[0]).toMatchObject({
        image: settings.cleanupHelperImage,
        command: ['/cleanup-helper', '-dir=/etc/ais/ais/ais'],
      });
      expect(pod?.imagePullSecrets).toEqual([{ name: 'registry' }]);
    });

    test('are made when no pod is left that would write anew', () => {
      const model = deleted({ ...hostPath, cleanupMetadata: true });
      run(model, (now) => {
        if (jobsOf(now).length > 0) expect(now.snapshot().pods).toEqual([]);
        return jobsOf(now).length > 0;
      });
    });

    test('leave those of users and of other clusters alone, whatever their names', () => {
      const model = deleted({ ...hostPath, cleanupMetadata: true });
      const others = ['cleanup-mine', 'cleanup-node-1', 'ais-cleanup-mine', 'ais-2-cleanup-node-1'];
      for (const name of others)
        model.objects.set(`Job ${name}`, {
          ...{ apiVersion: 'batch/v1', kind: 'Job' },
          metadata: { name, namespace: 'ais' },
        });
      untilGone(model);
      const left = jobsOf(model).map(({ metadata }) => metadata?.name);
      expect(left).toEqual(expect.arrayContaining(others));
    });

    test('that fail are told with their names, once, and do not hold up the end for ever', () => {
      const model = deleted({ ...hostPath, cleanupMetadata: true }, { badImages: new Set(), jobsFail: true });
      let told = 0;
      run(model, (now) => {
        const before = now.cluster.status;
        const isDone = planCluster(now.snapshot(), settings).stage === 'finalized';
        const ready = before?.conditions?.find(({ type }) => type === 'Ready');
        if (ready?.reason === 'CleanupFailed') told++;
        return isDone;
      });
      const ready = model.cluster.status?.conditions?.find(({ type }) => type === 'Ready');
      expect(told).toBe(1);
      expect(ready?.message).toBe(
        'folders of nodes were not cleaned: Job ais-cleanup-node-1 failed: Job has reached the specified backoff limit; Job ais-cleanup-node-2 failed: Job has reached the specified backoff limit',
      );
      expect(eventsOf({ state: 'HostCleanup' }, model.cluster.status ?? {})).toEqual([
        { type: 'Warning', reason: 'CleanupFailed', message: ready?.message },
      ]);
    });

    test('end after five minutes on a node that is down, and start on one that is cordoned', () => {
      const model = deleted({ ...hostPath, cleanupMetadata: true });
      untilGone(model);
      expect(jobsOf(model)[0]?.spec).toMatchObject({
        activeDeadlineSeconds: 300,
        template: {
          spec: {
            tolerations: [
              { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
            ],
          },
        },
      });
    });
  });
});
