import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AppsV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { systemClock } from '@rackwright/core';
import { type DaemonSet, KubeClient, type KubeObject, type ResourceType, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { executePlan, throwFailure } from './execute.ts';
import { formatPlan, type PlanInput, planApply } from './plan.ts';
import { agent, ownerLabels, sampleObjects, widgetDefinition, widgets } from './testing/sample-objects.ts';

const kinds: readonly ResourceType[] = [
  ...[
    resources.serviceAccounts,
    resources.roles,
    resources.roleBindings,
    resources.configMaps,
    resources.secrets,
  ],
  ...[
    resources.services,
    resources.daemonSets,
    resources.deployments,
    resources.podDisruptionBudgets,
    widgets,
  ],
];
const namespace = 'default';
const signal = new AbortController().signal;
let plane: ControlPlane;
let client: KubeClient;
/** Somebody else, with a client that is not ours. */
let reference: KubeConfig;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'plan-test' });
  reference = new KubeConfig();
  reference.loadFromFile(plane.adminKubeconfig);
  await client.create(resources.customResourceDefinitions, widgetDefinition);
  await waitUntil('widgets', () => client.list(widgets), { clock: systemClock });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

async function live(): Promise<KubeObject[]> {
  const labelSelector = Object.entries(ownerLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const lists = await Promise.all(kinds.map((type) => client.list(type, { namespace, labelSelector })));
  return lists.flatMap(({ items }) => items);
}

async function plan(desired: PlanInput['desired']): Promise<ReturnType<typeof planApply>> {
  return planApply({ desired, live: await live(), ownerLabels });
}

/** Plans against what is there and carries it out; gives the plan as text. */
async function reconcile(desired: PlanInput['desired']): Promise<string> {
  const actions = await plan(desired);
  throwFailure(await executePlan(client, actions, { fieldManager: 'plan-test', signal, types: [widgets] }));
  return formatPlan(actions);
}

/** What a garbage collector does once the last pod of a DaemonSet has ended; none runs here. */
async function endPods(name: string): Promise<void> {
  const daemonSet = await client.get(resources.daemonSets, { namespace, name });
  expect(daemonSet.metadata?.finalizers).toEqual(['foregroundDeletion']);
  const patch = { metadata: { finalizers: null } };
  await client.patch(resources.daemonSets, { namespace, name }, patch, { strategy: 'merge' });
}

const withAgent = (daemonSet: DaemonSet): KubeObject[] =>
  sampleObjects.map((object) => (object.kind === 'DaemonSet' ? daemonSet : object));

test('everything is created in order, and then there is nothing left to do, whatever the server made of it', async () => {
  expect(await reconcile(sampleObjects)).toBe(
    [
      'create ServiceAccount default/agent (missing)',
      'create Role default/agent (missing)',
      'create RoleBinding default/agent (missing)',
      'create ConfigMap default/settings (missing)',
      'create Secret default/secret (missing)',
      'create Service default/metrics (missing)',
      'create Widget default/widget (missing)',
      'create DaemonSet default/agent (missing)',
      'create Deployment default/manager (missing)',
      'create PodDisruptionBudget default/manager (missing)',
    ].join('\n'),
  );
  expect(formatPlan(await plan(sampleObjects))).toBe('');
});

test('a changed wish updates that one object', async () => {
  const changed = withAgent(agent('registry.local/agent:2'));
  expect(await reconcile(changed)).toContain(
    'spec.template.spec.containers[agent].image: "registry.local/agent:1" should be "registry.local/agent:2"',
  );
  expect(formatPlan(await plan(changed))).toBe('');
});

test('drift on our fields is repaired, and what others added stays', async () => {
  await reconcile(sampleObjects);
  const patch = {
    metadata: { labels: { theirs: 'x' } },
    spec: {
      template: {
        spec: {
          containers: [
            {
              name: 'agent',
              image: 'evil',
              env: [{ name: 'THEIRS', value: 'x' }],
              resources: { limits: { cpu: '9' } },
            },
          ],
        },
      },
    },
  };
  await client.patch<DaemonSet>(resources.daemonSets, { namespace, name: 'agent' }, patch, {
    strategy: 'strategic',
  });
  const text = await reconcile(sampleObjects);
  expect(text).toContain('image: "evil" should be');
  expect(text).toContain('resources.limits.cpu: "9" should be "0.2"');
  expect(await reconcile(sampleObjects)).toBe('');
  const apps = reference.makeApiClient(AppsV1Api);
  const seen = await apps.readNamespacedDaemonSet({ namespace, name: 'agent' });
  expect(seen.metadata?.labels).toMatchObject({ theirs: 'x' });
  const [container] = seen.spec?.template.spec?.containers ?? [];
  expect(container).toMatchObject({
    image: 'registry.local/agent:1',
    resources: { limits: { cpu: '200m' } },
  });
  expect(container?.env?.map(({ name }) => name)).toContain('THEIRS');
});

test('a field we no longer want disappears from the server', async () => {
  await reconcile(sampleObjects);
  const slim = agent();
  const [container] = slim.spec?.template.spec?.containers ?? [];
  delete container?.livenessProbe;
  container?.env?.shift();
  await reconcile(withAgent(slim));
  const stored = await client.get(resources.daemonSets, { namespace, name: 'agent' });
  const [after] = stored.spec?.template.spec?.containers ?? [];
  expect(after).not.toHaveProperty('livenessProbe');
  expect(after?.env?.map(({ name }) => name)).not.toContain('EMPTY');
});

test('zero values of a custom resource are kept, and their removal is drift', async () => {
  await reconcile(sampleObjects);
  const key = { namespace, name: 'widget' };
  expect((await client.get(widgets, key)).spec).toEqual({
    enabled: false,
    count: 0,
    text: '',
    block: {},
    list: [],
  });
  await client.patch(widgets, key, { spec: { enabled: null } }, { strategy: 'merge' });
  expect(await reconcile(sampleObjects)).toBe(
    'update Widget default/widget (spec.enabled: absent should be false)',
  );
});

test('what is not wanted any more goes, in reverse order; what is not ours stays', async () => {
  await reconcile(sampleObjects);
  const core = reference.makeApiClient(CoreV1Api);
  await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: 'theirs' } } });
  const wanted = sampleObjects.filter(({ kind }) => kind !== 'ConfigMap' && kind !== 'DaemonSet');
  expect(await reconcile(wanted)).toBe(
    'delete DaemonSet default/agent (not wanted any more)\ndelete ConfigMap default/settings (not wanted any more)',
  );
  expect(formatPlan(await plan(wanted))).toBe('');
  await core.readNamespacedConfigMap({ namespace, name: 'theirs' });
  await endPods('agent');
});

test('an object an older program made by create and update is taken over whole: nothing of it stays behind', async () => {
  const old = agent('old', 'older');
  const spec = old.spec?.template.spec;
  spec?.volumes?.push({ name: 'src', hostPath: { path: '/usr/src' } });
  spec?.containers[0]?.env?.push({ name: 'OLD', value: '1' });
  await client.create(resources.daemonSets, old, { fieldManager: 'older-operator' });
  const created = await client.get(resources.daemonSets, { namespace, name: 'older' });
  created.metadata = { ...created.metadata, annotations: { ...created.metadata?.annotations, old: 'x' } };
  await client.update(resources.daemonSets, created, { fieldManager: 'older-operator' });
  const desired = [...sampleObjects, agent('new', 'older')];
  expect(await reconcile(desired)).toMatch(/^adopt DaemonSet default\/older/m);
  const after = await client.get(resources.daemonSets, { namespace, name: 'older' });
  const after0 = after.spec?.template.spec;
  expect(after.metadata?.uid).toBe(created.metadata?.uid);
  expect(after0?.volumes?.map(({ name }) => name)).not.toContain('src');
  expect(after0?.containers[0]?.env?.map(({ name }) => name)).not.toContain('OLD');
  expect(after.metadata?.annotations).not.toHaveProperty('old');
  expect(formatPlan(await plan(desired))).toBe('');
});

test('a selector that cannot be changed makes a new object', async () => {
  await reconcile([...sampleObjects, agent('x', 'reselected')]);
  const before = await client.get(resources.daemonSets, { namespace, name: 'reselected' });
  const changed = agent('x', 'reselected');
  const labels = { ...ownerLabels, app: 'other' };
  const { spec } = changed;
  if (spec !== undefined) spec.selector = { matchLabels: labels };
  if (spec?.template.metadata !== undefined) spec.template.metadata.labels = labels;
  expect(await reconcile([...sampleObjects, changed])).toMatch(/^recreate DaemonSet default\/reselected/m);
  expect(await reconcile([...sampleObjects, changed])).toBe('');
  await endPods('reselected');
  expect(await reconcile([...sampleObjects, changed])).toMatch(/^create DaemonSet default\/reselected/m);
  const after = await client.get(resources.daemonSets, { namespace, name: 'reselected' });
  expect(after.metadata?.uid).not.toBe(before.metadata?.uid);
  expect(after.spec?.selector.matchLabels).toEqual(labels);
});

test('a workload that is wanted again while its last pod does not end has a successor after a minute', async () => {
  const wanted = [...sampleObjects, agent('x', 'held-up')];
  await reconcile(wanted);
  const before = await client.get(resources.daemonSets, { namespace, name: 'held-up' });
  expect(await reconcile(sampleObjects)).toMatch(/^delete DaemonSet default\/held-up/m);
  expect(await reconcile(wanted)).toBe('');
  const later = planApply({ desired: wanted, live: await live(), ownerLabels, now: Date.now() + 61_000 });
  expect(formatPlan(later)).toMatch(/^delete without its pods DaemonSet default\/held-up/);
  const outcomes = await executePlan(client, later, { fieldManager: 'plan-test', signal });
  expect(outcomes).toEqual([{ action: later[0] }]);
  expect(await reconcile(wanted)).toMatch(/^create DaemonSet default\/held-up/m);
  const after = await client.get(resources.daemonSets, { namespace, name: 'held-up' });
  expect(after.metadata?.uid).not.toBe(before.metadata?.uid);
});

test('one refused action does not keep the others from being carried out', async () => {
  const bad = { ...agent('x', 'bad'), spec: { selector: {}, template: {} } };
  const good = agent('x', 'good');
  const actions = planApply({ desired: [bad, good], live: [] });
  const outcomes = await executePlan(client, actions, { fieldManager: 'plan-test', signal });
  expect(outcomes.map(({ action, error }) => [action.object.metadata?.name, error === undefined])).toEqual([
    ['bad', false],
    ['good', true],
  ]);
  expect(() => throwFailure(outcomes)).toThrow('spec.selector');
});

test('a kind nobody named, and an object replaced by a namesake, are refused', async () => {
  const odd = { apiVersion: 'nowhere.io/v1', kind: 'Odd', metadata: { name: 'x' } };
  const options = { fieldManager: 'plan-test', signal };
  const [outcome] = await executePlan(client, planApply({ desired: [odd], live: [] }), options);
  expect(outcome?.error).toMatchObject({ code: 'InvalidArgument' });
  const seen = await client.get(resources.daemonSets, { namespace, name: 'good' });
  await client.delete(resources.daemonSets, { namespace, name: 'good' });
  await client.create(resources.daemonSets, agent('x', 'good'));
  const [refused] = await executePlan(client, planApply({ desired: [], live: [seen] }), options);
  expect(refused?.error).toMatchObject({ code: 'Conflict' });
});
