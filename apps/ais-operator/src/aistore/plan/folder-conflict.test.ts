import { describe, expect, test } from '@jest/globals';
import type { AIStore } from '@rackwright/api';
import type { Job, Node } from '@rackwright/kube';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { passOn, readyCluster, run, settings, settle } from '../../testing/model-passes.ts';
import { sampleCluster } from '../../testing/sample.ts';
import { planCluster } from './plan.ts';

const disk = { path: '/x', useHostPath: true };
const ports = { servicePort: 51_081, portPublic: 51_081, portIntraControl: 51_082, portIntraData: 51_083 };

/** An AIStore by name, with its files below a folder of its nodes, made in the given minute. */
function made(key: string, minute: number, spec: Record<string, unknown>): AIStore {
  const [namespace = '', name = ''] = key.split('/');
  const sample = sampleCluster(spec);
  const creationTimestamp = `2026-01-01T00:0${minute}:00Z`;
  return { ...sample, metadata: { ...sample.metadata, namespace, name, uid: key, creationTimestamp } };
}

/** One whose targets have `/x/a/b/target`, and one that would keep its state in that very folder. */
const first = made('a/b', 0, { targetSpec: { ...ports, mounts: [disk] } });
const second = made('b/target', 1, { stateStorage: { hostPath: { prefix: '/x/a' } } });
const node = (labels: Record<string, string> = {}): Node => ({
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: { name: 'node-1', labels },
});

function modelOf(cluster: AIStore, ...others: AIStore[]): ModelCluster {
  const model = new ModelCluster(cluster);
  model.nodes.push(node());
  model.others.push(...others);
  return model;
}

function readyOf({ cluster }: ModelCluster) {
  return cluster.status?.conditions?.find(({ type }) => type === 'Ready');
}

describe('two AIStores that would have their files in one folder of a node', () => {
  test('the later one says which other has it, and makes nothing', () => {
    const model = modelOf(second, first);
    passOn(model, 10);
    expect(readyOf(model)).toMatchObject({ status: 'False', reason: 'FolderTaken' });
    expect(readyOf(model)?.message).toBe('AIStore a/b has its files in /x/a/b/target of the same nodes');
    expect([...model.objects.keys()]).toEqual([]);
  });

  test('the earlier one comes up as if it were alone', () => {
    settle(modelOf(first, second));
  });

  test('the later one comes up by itself when the other has gone', () => {
    const model = modelOf(second, first);
    passOn(model, 3);
    expect(planCluster(model.snapshot(), settings).againAfterMs).toBe(10_000);
    model.others.length = 0;
    settle(model);
  });

  test('both come up where they have no node in common', () => {
    const [proxySpec, targetSpec] = [second.spec.proxySpec, second.spec.targetSpec];
    const elsewhere = { nodeSelector: { disks: 'none' } };
    const spec = {
      ...second.spec,
      ...{ proxySpec: { ...proxySpec, ...elsewhere }, targetSpec: { ...targetSpec, ...elsewhere } },
    };
    settle(modelOf({ ...second, spec }, first));
  });

  test('a folder that is only above is shared as ever', () => {
    const same = { stateStorage: { hostPath: { prefix: '/etc/ais' } } };
    const mounts = { targetSpec: { ...ports, mounts: [disk] } };
    const older = made('ais/a', 0, { ...same, ...mounts, logsDir: '/var/log/ais' });
    settle(modelOf(made('ais/a-proxy', 1, { ...same, ...mounts, logsDir: '/var/log/ais' }), older));
  });

  test('neither cleans what the other has when it is deleted, and says so', () => {
    const model = readyCluster({ stateStorage: { hostPath: { prefix: '/x' } }, cleanupMetadata: true });
    model.nodes.push(node());
    const { metadata } = model.cluster;
    model.others.push(made('b/c', 1, { stateStorage: { hostPath: { prefix: '/x/ais/ais/proxy' } } }));
    const deletionTimestamp = new Date(model.now).toISOString();
    model.cluster = { ...model.cluster, metadata: { ...metadata, deletionTimestamp } };
    run(model, (now) => planCluster(now.snapshot(), settings).stage === 'finalized');
    expect([...model.objects.values()].filter(({ kind }) => kind === 'Job') as Job[]).toEqual([]);
    expect(readyOf(model)?.message).toBe(
      'folders of nodes were not cleaned: AIStore b/c has its files in /x/ais/ais, too',
    );
  });
});
