import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, type KubeObject, type ResourceType, resources, resourceType } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { type ActionOutcome, executePlan } from './execute.ts';
import { planApply } from './plan.ts';
import { agent, ownerLabels } from './testing/sample-objects.ts';

const namespace = 'default';
const signal = new AbortController().signal;
let plane: ControlPlane;
let client: KubeClient;

const admission = 'admissionregistration.k8s.io';
const policies = type('MutatingAdmissionPolicy', 'mutatingadmissionpolicies');
const bindings = type('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings');

function type(kind: string, plural: string): ResourceType {
  return resourceType({ group: admission, version: 'v1', plural, kind, namespaced: false });
}

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'mutated-test' });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

async function applyAgent(): Promise<ActionOutcome | undefined> {
  const { items } = await client.list(resources.daemonSets, { namespace });
  const live = items as KubeObject[];
  const actions = planApply({ desired: [agent()], live, ownerLabels });
  const [outcome] = await executePlan(client, actions, { fieldManager: 'mutated-test', signal });
  return outcome;
}

test('an apply that a MutatingAdmissionPolicy changes on its way is told with its fields, until the policy is gone', async () => {
  expect((await applyAgent())?.unapplied).toBeUndefined();
  const expression =
    'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{terminationGracePeriodSeconds: 77}}}}';
  const spec = {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          operations: ['CREATE', 'UPDATE'],
          resources: ['daemonsets'],
        },
      ],
    },
    failurePolicy: 'Fail',
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
  };
  const name = 'longer';
  await client.create(policies, { metadata: { name }, ...{ spec } });
  await client.create(bindings, { metadata: { name }, ...{ spec: { policyName: name } } });
  const key = { namespace, name: 'agent' };
  await waitUntil(
    'the policy to be in force',
    async () => {
      const patch = { metadata: { annotations: { at: String(systemClock.now()) } } };
      const touched = await client.patch(resources.daemonSets, key, patch, { strategy: 'merge' });
      return touched.spec?.template.spec?.terminationGracePeriodSeconds === 77;
    },
    { clock: systemClock },
  );
  expect(await applyAgent()).toMatchObject({
    action: { verb: 'update' },
    unapplied: ['spec.template.spec.terminationGracePeriodSeconds: 77 should be 0'],
  });
  await client.delete(bindings, { name });
  await waitUntil(
    'an apply to take effect',
    async () => {
      const outcome = await applyAgent();
      return outcome !== undefined && outcome.unapplied === undefined;
    },
    { clock: systemClock },
  );
  expect(await applyAgent()).toBeUndefined();
});
