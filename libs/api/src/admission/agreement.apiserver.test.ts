import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { isKubeError, KubeClient, type KubeObject, type ResourceType, resourceType } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import fc from 'fast-check';
import { aidaptivCacheAdmission, phisonDeviceOperatorAdmission } from '../ai100/admission.ts';
import { arbitraryCache, arbitraryPhison } from '../ai100/testing/arbitrary-cache.ts';
import { aistoreAdmission } from '../ais/admission.ts';
import { arbitraryAistoreDraft } from '../ais/testing/arbitrary-draft.ts';
import { cxiDriverAdmission } from '../cxi/admission.ts';
import { arbitraryDriver } from '../cxi/testing/arbitrary-driver.ts';
import { pmemDeploymentAdmission } from '../pmem/admission.ts';
import { arbitraryDeployment } from '../pmem/testing/arbitrary-deployment.ts';
import { type Admission, type AdmissionRule, isAbout, type Operation } from './admission.ts';
import { evaluate } from './evaluate.ts';
import { needsReview } from './match-conditions.ts';
import { type PolicyPart, policyObjects } from './policy.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 5000 : 150;
const settings = { allowedImages: ['registry.test/', 'ghcr.io/rackwright/'] };
const clock = systemClock;
let plane: ControlPlane;
let client: KubeClient;

/** What the objects of an admission are like, and one that breaks a rule, and one that is warned of. */
interface Sample {
  readonly admission: Admission;
  readonly drafts: fc.Arbitrary<Draft>;
  readonly bad: unknown;
  readonly odd: unknown;
}

/** A kind of its own whose CRD refuses nothing, so that every object reaches the policy. */
interface Kind {
  readonly admission: Admission;
  readonly type: ResourceType<KubeObject>;
  readonly rules: readonly AdmissionRule[];
  readonly drafts: fc.Arbitrary<Draft>;
  /** A spec that the policy refuses. */
  readonly bad: unknown;
  /** Objects that are there before the policies are. */
  readonly befores: readonly Draft[];
}

const wrong = { version: '', source: { type: 'dkms' } };
const samples: readonly Sample[] = [
  { admission: cxiDriverAdmission, drafts: arbitraryDriver, bad: wrong, odd: wrong },
  {
    ...{ admission: aidaptivCacheAdmission, drafts: arbitraryCache },
    bad: { devicePlugin: { arguments: ['-x'] } },
    odd: { firmware: { check: 'Skip' } },
  },
  {
    ...{ admission: phisonDeviceOperatorAdmission, drafts: arbitraryPhison },
    bad: {
      plugins: [{ pluginname: 'device-plugin', pluginspec: { containers: [{ image: 'docker.io/x' }] } }],
    },
    odd: { plugins: [] },
  },
  {
    ...{ admission: pmemDeploymentAdmission, drafts: arbitraryDeployment },
    ...{ bad: { image: 'docker.io/x' }, odd: { registryKey: 'YQ==' } },
  },
  {
    ...{ admission: aistoreAdmission, drafts: arbitraryAistoreDraft },
    ...{ bad: { size: 0 }, odd: { clusterDomain: 'x' } },
  },
];

const kinds = samples.flatMap((sample) => [
  kindOf(sample, 'rules', sample.bad),
  // Warnings are told apart from nothing more easily when they refuse.
  kindOf(sample, 'warnings', sample.odd),
]);

function kindOf({ admission, drafts }: Sample, part: PolicyPart, bad: unknown): Kind {
  const { group, plural, kind } = admission.resource;
  const version = admission.versions[0] ?? '';
  const own = part === 'rules' ? { plural, kind } : { plural: `${plural}warned`, kind: `${kind}Warned` };
  return {
    ...{ admission, drafts, bad },
    type: resourceType<KubeObject>({ group, version, ...own, namespaced: false }),
    rules: admission.validation[part],
    befores: fc.sample(drafts, { numRuns: 24, seed: 9 }),
  };
}

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'agreement-test' });
  await Promise.all(kinds.map(install));
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

async function install(kind: Kind): Promise<void> {
  await send('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', permissiveCrd(kind));
  const served = () =>
    client.list(kind.type).then(
      () => true,
      () => false,
    );
  await waitUntil('the kind', served, { clock, deadlineMs: 30_000 });
  for (const [i, { spec, status }] of kind.befores.entries())
    await send('POST', pathOf(kind), objectOf(kind, { name: `before-${i}`, spec, status }));
  const admission: Admission = {
    ...kind.admission,
    resource: kind.type,
    validation: { ...kind.admission.validation, rules: kind.rules },
  };
  const [policy, binding] = policyObjects(admission, 'rules', { name: kind.type.plural, settings });
  const admissionPath = '/apis/admissionregistration.k8s.io/v1';
  await send('POST', `${admissionPath}/validatingadmissionpolicies`, policy);
  await send('POST', `${admissionPath}/validatingadmissionpolicybindings`, binding);
  const bad = objectOf(kind, { name: 'any', spec: kind.bad });
  const inForce = async () => (await answerOf('POST', pathOf(kind), bad)) !== 'accepted';
  await waitUntil('the policy', inForce, { clock, deadlineMs: 60_000 });
}

function permissiveCrd({ type: { group, version, plural, kind } }: Kind): KubeObject {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const versions = [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }];
  const names = { kind, plural };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    ...{ spec: { group, names, scope: 'Cluster', versions } },
  };
}

interface Draft {
  readonly name: string;
  readonly spec: unknown;
  readonly status?: unknown;
}

function objectOf({ type }: Kind, { name, spec, status }: Draft, metadata = {}): KubeObject {
  return {
    apiVersion: `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: { name, ...metadata },
    ...{ spec, status },
  };
}

function pathOf({ type }: Kind, name?: string): string {
  return `/apis/${type.group}/${type.version}/${type.plural}${name === undefined ? '' : `/${name}`}`;
}

function send(method: string, path: string, body: unknown): Promise<KubeObject> {
  return client.request<KubeObject>(method, path, { body });
}

/** What the API server would say: accepted, or the message of the first rule that refuses. */
async function answerOf(method: string, path: string, body: unknown): Promise<string> {
  try {
    await client.request(method, path, { query: { dryRun: 'All' }, body });
    return 'accepted';
  } catch (error) {
    if (!isKubeError(error, 422)) throw error;
    return error.message.split('denied request: ')[1] ?? error.message;
  }
}

/** What we say. */
function verdictOf(
  kind: Kind,
  operation: Operation,
  subject: { readonly object: KubeObject | undefined; readonly before: KubeObject | undefined },
): string {
  if (!needsReview(subject)) return 'accepted';
  const failed = kind.rules.find(
    (rule) => isAbout(rule, operation) && !evaluate(rule.holds, { ...subject, settings }),
  );
  return failed?.message ?? 'accepted';
}

describe.each(kinds.map((kind) => [kind.type.kind, kind] as const))(
  'of a %s, the policy and the webhook agree',
  (_, kind) => {
    const { drafts, befores } = kind;

    test('on any new object', async () => {
      await fc.assert(
        fc.asyncProperty(drafts, async (draft) => {
          const object = objectOf(kind, draft);
          const ours = verdictOf(kind, 'CREATE', { object, before: undefined });
          expect(await answerOf('POST', pathOf(kind), object)).toBe(ours);
        }),
        { numRuns },
      );
    }, 120_000);

    test('on any change', async () => {
      const index = fc.nat(befores.length - 1);
      await fc.assert(
        fc.asyncProperty(index, drafts, fc.boolean(), async (i, draft, keepsSpec) => {
          const name = `before-${i}`;
          const before = await client.get(kind.type, { name });
          const spec = keepsSpec ? befores[i]?.spec : draft.spec;
          const { resourceVersion } = before.metadata ?? {};
          const object = objectOf(
            kind,
            { ...draft, name, spec },
            { resourceVersion, labels: { changed: 'yes' } },
          );
          const ours = verdictOf(kind, 'UPDATE', { object, before });
          expect(await answerOf('PUT', pathOf(kind, name), object)).toBe(ours);
        }),
        { numRuns },
      );
    }, 120_000);

    test('on every deletion', async () => {
      for (const i of befores.keys()) {
        const name = `before-${i}`;
        const before = await client.get(kind.type, { name });
        const ours = verdictOf(kind, 'DELETE', { object: undefined, before });
        expect(await answerOf('DELETE', pathOf(kind, name), { dryRun: ['All'] })).toBe(ours);
      }
    });
  },
);

test('a finalizer can be taken off an object that breaks every rule', async () => {
  const spec = { version: '', source: { type: 'rpm' } };
  const [refused] = kinds as [Kind];
  const path = pathOf(refused, 'before-0');
  const merge = { contentType: 'application/merge-patch+json' };
  const finalizers = ['example.com/keep'];
  await client.request('PATCH', path, { ...merge, body: { metadata: { finalizers } } });
  await client.request('DELETE', path, {});
  // Even one that changes the spec on its way.
  await client.request('PATCH', path, { ...merge, body: { metadata: { finalizers: [] }, spec } });
  const gone = () =>
    client.get(refused.type, { name: 'before-0' }).then(
      () => false,
      () => true,
    );
  await waitUntil('the object to be gone', gone, { clock, deadlineMs: 60_000 });
});
