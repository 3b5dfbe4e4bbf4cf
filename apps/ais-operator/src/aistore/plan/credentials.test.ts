import { describe, expect, test } from '@jest/globals';
import { ais } from '@rackwright/keys';
import type { StatefulSet } from '@rackwright/kube';
import { ModelCluster } from '../../testing/model-cluster.ts';
import { change, isReady, passOn, readyCluster, run, settings, settle } from '../../testing/model-passes.ts';
import { sampleCluster } from '../../testing/sample.ts';
import type { Role } from '../identity.ts';
import { planCluster } from './plan.ts';

const named = {
  tls: { secretName: 'certificate' },
  awsSecretName: 'aws',
  tracingTokenSecretName: 'tracing',
  authNSecretName: 'authn',
  issuerCAConfigMap: 'issuers',
};

const everyKey = ['Secret certificate', 'Secret aws', 'Secret tracing', 'Secret authn', 'ConfigMap issuers'];

/** What the API server has; a version of undefined is what does not exist. */
function has(model: ModelCluster, versions: Readonly<Record<string, string | undefined>>): void {
  const credentials = new Map([...model.related.credentials, ...Object.entries(versions)]);
  model.related = { ...model.related, credentials };
}

function clusterWith(spec: Record<string, unknown>, keys: readonly string[]): ModelCluster {
  const model = new ModelCluster(sampleCluster(spec));
  has(model, Object.fromEntries(keys.map((key) => [key, 'uid 1'])));
  settle(model);
  model.fill();
  return model;
}

function podUids(model: ModelCluster, role: Role): string[] {
  return model
    .snapshot()
    .pods.filter(({ metadata }) => metadata?.name?.startsWith(`ais-${role}-`))
    .map(({ metadata }) => metadata?.uid ?? '')
    .sort();
}

function ready({ cluster }: ModelCluster) {
  return cluster.status?.conditions?.find(({ type }) => type === 'Ready');
}

describe('weakness 15: what users keep for pods', () => {
  test.each([
    ['Secret certificate', ['proxy', 'target']],
    ['Secret aws', ['target']],
    ['Secret tracing', ['proxy', 'target']],
    ['Secret authn', ['proxy']],
    ['ConfigMap issuers', ['proxy']],
  ])('%s that changes replaces each pod of %p once, and no object is lost', (key, rolled) => {
    const model = clusterWith(named, everyKey);
    const before = { proxy: podUids(model, 'proxy'), target: podUids(model, 'target') };
    has(model, { [key]: 'uid 2' });
    passOn(model, 1);
    expect(isReady(model)).toBe(false);
    settle(model);
    for (const role of ['proxy', 'target'] as const) {
      const kept = podUids(model, role).filter((uid) => before[role].includes(uid));
      expect(kept).toHaveLength(rolled.includes(role) ? 0 : 3);
    }
    const after = [podUids(model, 'proxy'), podUids(model, 'target')];
    passOn(model, 20);
    expect([podUids(model, 'proxy'), podUids(model, 'target')]).toEqual(after);
    expect(model.lost).toEqual([]);
  });

  test('that does not exist is named, nothing is started without it, and it comes up once it is there', () => {
    const model = new ModelCluster(sampleCluster({ awsSecretName: 'aws' }));
    has(model, { 'Secret aws': undefined });
    passOn(model, 5);
    expect(ready(model)).toMatchObject({
      ...{ status: 'False', reason: 'ReferenceMissing' },
      message: expect.stringContaining('Secret aws does not exist in namespace ais'),
    });
    expect(model.snapshot().statefulSets).toEqual([]);
    has(model, { 'Secret aws': 'uid 1' });
    settle(model);
  });

  test('that is deleted is named, and what runs keeps running as it is, whatever else changes', () => {
    const model = clusterWith({ awsSecretName: 'aws' }, ['Secret aws']);
    const before = podUids(model, 'target');
    has(model, { 'Secret aws': undefined });
    change(model, { nodeImage: 'docker.io/aistorage/aisnode:v5.0' });
    passOn(model, 10);
    expect(ready(model)).toMatchObject({ status: 'False', reason: 'ReferenceMissing' });
    expect(podUids(model, 'target')).toEqual(before);
    has(model, { 'Secret aws': 'other-uid 1' });
    settle(model);
    expect(podUids(model, 'target').filter((uid) => before.includes(uid))).toEqual([]);
    expect(model.lost).toEqual([]);
  });

  test('does not restart pods of the older operator, which were not marked with it', () => {
    const model = readyCluster({ awsSecretName: 'aws' });
    const before = podUids(model, 'target');
    has(model, { 'Secret aws': 'uid 7' });
    passOn(model, 10);
    expect(podUids(model, 'target')).toEqual(before);
    expect(isReady(model)).toBe(true);
  });

  test('is marked on pods by a digest that tells nothing of it', () => {
    const model = clusterWith({ awsSecretName: 'aws' }, ['Secret aws']);
    const marks = model
      .snapshot()
      .statefulSets.map(({ spec }) => spec?.template.metadata?.annotations?.[ais.annotation.credentials]);
    expect(marks).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});

describe('a certificate of cert-manager', () => {
  const tls = { certificate: { issuerRef: { name: 'ca', kind: 'Issuer' }, mode: 'secret' } };

  test('is asked for, waited for, and deleted when it is wanted no longer', () => {
    const model = new ModelCluster(sampleCluster({ tls }));
    has(model, { 'Secret ais-tls': undefined });
    passOn(model, 5);
    expect([...model.objects.keys()]).toContain('Certificate ais/ais-tls-cert');
    expect(ready(model)?.message).toContain('Secret ais-tls does not exist');
    has(model, { 'Secret ais-tls': 'uid 1' });
    settle(model);
    change(model, { tls: undefined });
    settle(model);
    expect([...model.objects.keys()]).not.toContain('Certificate ais/ais-tls-cert');
  });

  test('without cert-manager is told with what to do about it', () => {
    const model = new ModelCluster(sampleCluster({ tls }));
    model.related = { ...model.related, hasCertManager: false };
    passOn(model, 5);
    expect(ready(model)).toMatchObject({
      ...{ status: 'False', reason: 'ReferenceMissing' },
      message: expect.stringContaining('install cert-manager, or name a Secret in tls.secretName'),
    });
    expect([...model.objects.keys()].filter((key) => /Certificate/.test(key))).toEqual([]);
  });
});

describe('the admin client', () => {
  const key = 'Deployment ais/ais-client';

  test('comes with its block and goes with it', () => {
    const model = readyCluster({ adminClient: {} });
    expect([...model.objects.keys()]).toContain(key);
    change(model, { adminClient: { enabled: false } });
    settle(model);
    expect([...model.objects.keys()]).not.toContain(key);
  });

  test('weakness 9: of somebody else is left alone', () => {
    const model = new ModelCluster(sampleCluster({ adminClient: {} }));
    model.related = { ...model.related, isClientForeign: true };
    settle(model);
    expect([...model.objects.keys()]).not.toContain(key);
  });
});

describe('weakness 23: a plan', () => {
  test('changes nothing of the objects it is made from', () => {
    const env = [{ name: 'A', value: 'b' }];
    const spec = {
      ...{ ...named, adminClient: { env, labels: { a: 'b' } }, logSidecar: { image: 'tail:1' } },
      imagePullSecrets: [{ name: 'pull' }],
    };
    const model = clusterWith(spec, everyKey);
    run(
      model,
      (now) => {
        const snapshot = frozen(now.snapshot());
        const first = planCluster(snapshot, settings);
        expect(planCluster(snapshot, settings)).toEqual(first);
        if (now.cluster.metadata?.generation === 1)
          change(now, { size: 5, nodeImage: 'docker.io/aistorage/aisnode:v5.0' });
        const { observedGeneration, state } = now.cluster.status ?? {};
        return state === 'Ready' && observedGeneration === 2;
      },
      300,
    );
    expect(model.snapshot().statefulSets.map(sizeOf)).toEqual([5, 5]);
  });
});

function sizeOf({ spec }: StatefulSet): number | undefined {
  return spec?.replicas;
}

/** The same, with every object below it frozen: writing to one throws. */
function frozen<T>(value: T, seen = new Set<unknown>()): T {
  if (typeof value !== 'object' || value === null || seen.has(value)) return value;
  seen.add(value);
  for (const below of Object.values(value)) frozen(below, seen);
  return Object.freeze(value);
}

test('a login that fails is the reason why a cluster is not ready, and nothing of it is changed meanwhile', () => {
  const model = readyCluster();
  const snapshot = model.snapshot();
  const problem = 'the login of AIStoreAuthProfile people failed';
  const ais = { at: snapshot.now, isReady: false, problem, isLoginRefused: true };
  const plan = planCluster({ ...snapshot, ais }, settings);
  expect(plan.waiting).toMatchObject({ reason: 'LoginFailed', message: problem });
  expect([plan.restarts, plan.calls]).toEqual([[], []]);
});
