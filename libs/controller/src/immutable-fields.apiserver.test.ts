import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import {
  isKubeError,
  KubeClient,
  type KubeObject,
  type ResourceType,
  resources,
  resourceType,
} from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { executePlan } from './execute.ts';
import { type ImmutableField, immutableFields } from './immutable-fields.ts';
import { groupOf } from './owner.ts';
import { planApply } from './plan.ts';
import { changedBy, type KindSample, kindSamples, objectOf } from './testing/kinds.test-data.ts';

const fieldManager = 'table-test';
const { signal } = new AbortController();
const clock = systemClock;
const identityOf = ({ apiVersion, kind }: KindSample): string => `${groupOf(apiVersion)}/${kind}`;
const others = kindSamples.filter(({ apiVersion }) => /cert-manager|monitoring/.test(apiVersion)).map(typeOf);
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'table-test' });
  const expandable = {
    metadata: { name: 'expandable' },
    provisioner: 'a.example.com',
    allowVolumeExpansion: true,
  };
  await client.create(resources.storageClasses, expandable as KubeObject as never);
  for (const { group, kind, plural } of others) {
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const spec = { group, scope: 'Namespaced', names: { kind, plural }, versions } as const;
    await client.create(resources.customResourceDefinitions, {
      metadata: { name: `${plural}.${group}` },
      spec,
    });
  }
  for (const type of others) await waitUntil(type.plural, () => client.list(type), { clock });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

function typeOf({ apiVersion, kind, namespaced }: KindSample): ResourceType {
  const group = groupOf(apiVersion);
  const known = Object.values<ResourceType>(resources).find(
    (type) => type.kind === kind && type.group === group,
  );
  const plural = `${kind.toLowerCase()}s`;
  return known ?? resourceType({ group, version: 'v1', kind, plural, namespaced });
}

/** All but what the server's controllers write. */
const written = ({ metadata, ...fields }: KubeObject): object => ({
  ...{ ...fields, status: undefined, uid: metadata?.uid, labels: metadata?.labels },
});

let count = 0;

/** Makes a new object of the kind, as an earlier plan of ours would have. */
async function made(sample: KindSample): Promise<KubeObject> {
  count += 1;
  const object = objectOf(sample, `object-${count}`);
  const [outcome] = await executePlan(client, planApply({ desired: [object], live: [] }), options);
  if (outcome?.error !== undefined) throw outcome.error;
  const { status } = sample;
  const key = { namespace: 'default', name: object.metadata?.name ?? '' };
  if (status !== undefined)
    await client.patch(typeOf(sample), key, { status }, { strategy: 'merge', subresource: 'status' });
  return object;
}

const options = { fieldManager, signal, types: others };

function stored(sample: KindSample, { metadata }: KubeObject): Promise<KubeObject> {
  return client.get(typeOf(sample), { namespace: 'default', name: metadata?.name ?? '' });
}

test('every row of the table is tried, and of every kind something that can be changed', () => {
  const rows = Object.entries(immutableFields).flatMap(([kind, fields]) =>
    fields.map(({ path }) => `${kind} ${path}`),
  );
  const tried = kindSamples.flatMap((sample) =>
    Object.keys(sample.refused ?? {}).map((path) => `${identityOf(sample)} ${path}`),
  );
  expect(tried.sort()).toEqual(rows.sort());
  expect([...new Set(kindSamples.map(identityOf))].sort()).toEqual(Object.keys(immutableFields).sort());
  const taken = new Set(
    kindSamples.flatMap((sample) =>
      Object.keys(sample.taken).map((field) => `${identityOf(sample)} ${field}`),
    ),
  );
  const exceptions = Object.entries(immutableFields).flatMap(([kind, fields]) =>
    fields.flatMap(({ except = [] }) => except.map((field) => `${kind} ${field}`)),
  );
  expect(exceptions.filter((field) => !taken.has(field))).toEqual(['apps/StatefulSet selector']);
});

/** Whether a row holds for objects like the sample; what is immutable is so for its own sake. */
function isMet({ when }: ImmutableField, { fields }: KindSample): boolean {
  return when !== 'spec.volumeClaimTemplates' || JSON.stringify(fields).includes('volumeClaimTemplates');
}

const refused = kindSamples.flatMap((sample) =>
  Object.entries(sample.refused ?? {}).map(([path, change]) => ({
    ...{ sample, change, kind: sample.kind, path },
    row: immutableFields[identityOf(sample)]?.find((field) => field.path === path && isMet(field, sample)),
  })),
);

describe('the API server refuses a change of', () => {
  test.each(refused)(
    '$path of a $kind, and the plan does as the table says',
    async ({ sample, change, row }) => {
      const desired = changedBy(await made(sample), change);
      const before = await stored(sample, desired);
      const asking = client.apply(typeOf(sample), desired, { fieldManager });
      await expect(asking).rejects.toMatchObject({ status: 422 });
      const plan = planApply({
        desired: [desired],
        live: [{ ...before, kind: sample.kind, apiVersion: sample.apiVersion }],
      });
      const [outcome] = await executePlan(client, plan, options);
      if (row?.replacement === 'refuse') {
        expect(outcome?.error).toMatchObject({ code: 'FailedPrecondition' });
        expect(written(await stored(sample, desired))).toEqual(written(before));
        return;
      }
      expect(outcome).not.toHaveProperty('error');
      const finalizers = (await stored(sample, desired)).metadata?.finalizers;
      if (row?.replacement === 'recreate, pods stay') expect(finalizers).toEqual(['orphan']);
      else if (sample.apiVersion === 'apps/v1') expect(finalizers).toEqual(['foregroundDeletion']);
      else expect((await stored(sample, desired)).metadata?.uid).not.toBe(before.metadata?.uid);
    },
  );
});

describe('the API server takes a change of', () => {
  test.each(
    kindSamples.map((sample) => ({ sample, kind: sample.kind, what: Object.keys(sample.taken).join(', ') })),
  )('$what of a $kind, and the plan is an update', async ({ sample }) => {
    let desired = await made(sample);
    const { metadata } = await stored(sample, desired);
    for (const change of Object.values(sample.taken)) {
      desired = changedBy(desired, change);
      const live = { ...(await stored(sample, desired)), kind: sample.kind, apiVersion: sample.apiVersion };
      const plan = planApply({ desired: [desired], live: [live] });
      expect(plan).toMatchObject([{ verb: 'update' }]);
      expect(plan[0]).not.toHaveProperty('recreate');
      const [outcome] = await executePlan(client, plan, options);
      expect(outcome).toMatchObject({ object: { metadata: { uid: metadata?.uid } } });
      expect(isKubeError(outcome?.error)).toBe(false);
    }
  });
});
