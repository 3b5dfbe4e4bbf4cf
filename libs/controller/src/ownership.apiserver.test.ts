import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type ConfigMap, KubeClient, type KubeObject, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import { type ActionOutcome, executePlan } from './execute.ts';
import { NotOwned } from './ownership.ts';
import { formatPlan, type PlanInput, planApply } from './plan.ts';
import { ownerLabels } from './testing/sample-objects.ts';

const namespace = 'default';
const options = { fieldManager: 'ownership-test', signal: new AbortController().signal };
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'ownership-test' });
}, 120_000);

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
}, 60_000);

const wish = (name: string, text = 'ours'): ConfigMap => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { text } },
  metadata: { name, namespace, labels: { ...ownerLabels } },
});

/** What somebody else made. */
function foreign(name: string, labels: Record<string, string> = {}): Promise<ConfigMap> {
  const object = { metadata: { name, namespace, labels }, data: { text: 'theirs', more: 'theirs' } };
  return client.create(resources.configMaps, object, { fieldManager: 'somebody' });
}

const stored = (name: string): Promise<ConfigMap> => client.get(resources.configMaps, { namespace, name });

/** Plans and carries out; `live` is what the cache has, which need not be what is there. */
async function carryOut(input: PlanInput): Promise<ActionOutcome | undefined> {
  const [outcome] = await executePlan(client, planApply({ ownerLabels, ...input }), options);
  return outcome;
}

const asSeen = (object: ConfigMap): KubeObject => ({ ...object, apiVersion: 'v1', kind: 'ConfigMap' });

test('an object of somebody else that the cache does not see is left as it is, and the error says so', async () => {
  const before = await foreign('unseen', { 'app.kubernetes.io/managed-by': 'helm' });
  const outcome = await carryOut({ desired: [wish('unseen')], live: [] });
  expect(outcome?.error).toBeInstanceOf(NotOwned);
  expect(outcome?.error).toMatchObject({
    name: 'NotOwned',
    message: 'ConfigMap default/unseen is not ours: it is managed by helm',
    remedy: 'rename or delete it, or have it adopted by name',
  });
  expect(await stored('unseen')).toEqual(before);
});

test('one that the cache sees is refused without a request', async () => {
  const before = await foreign('seen');
  const plan = planApply({ desired: [wish('seen')], live: [asSeen(before)], ownerLabels });
  expect(formatPlan(plan)).toBe('refuse ConfigMap default/seen (not ours: it carries no mark of ours)');
  const unreachable = {} as KubeClient;
  const [outcome] = await executePlan(unreachable, plan, options);
  expect(outcome?.error).toBeInstanceOf(NotOwned);
  expect(await stored('seen')).toEqual(before);
});

test.each([true, false])(
  'one whose adoption was asked for by name is taken over whole, seen or not: %p',
  async (seen) => {
    const name = `adopted-${seen}`;
    const before = await foreign(name);
    const live = seen ? [asSeen(before)] : [];
    const other = wish('somebody-elses');
    expect((await carryOut({ desired: [wish(name)], live, adopt: [other] }))?.error).toBeInstanceOf(NotOwned);
    expect(await carryOut({ desired: [wish(name)], live, adopt: [wish(name)] })).not.toHaveProperty('error');
    const after = await stored(name);
    expect(after.metadata?.uid).toBe(before.metadata?.uid);
    expect(after.data).toEqual({ text: 'ours' });
  },
);

test('what a controlling owner of others has is said to be theirs', async () => {
  const uid = (await client.get(resources.namespaces, { name: namespace })).metadata?.uid ?? '';
  const owner = { apiVersion: 'v1', kind: 'Namespace', name: namespace, uid, controller: true };
  await client.create(resources.configMaps, {
    metadata: { name: 'owned', namespace, ownerReferences: [owner] },
  });
  const outcome = await carryOut({ desired: [wish('owned')], live: [] });
  expect(outcome?.error).toMatchObject({ message: expect.stringContaining('Namespace default controls it') });
});

test('one of ours that the cache does not see yet is applied to', async () => {
  const first = await carryOut({ desired: [wish('late')], live: [] });
  const second = await carryOut({ desired: [wish('late', 'newer')], live: [] });
  expect(second).not.toHaveProperty('error');
  expect(second?.object?.metadata?.uid).toBe(first?.object?.metadata?.uid);
  expect((await stored('late')).data).toEqual({ text: 'newer' });
});

test('an object of ours that lost its labels gets them back, unless somebody else put theirs on it', async () => {
  for (const [name, mark] of [
    ['robbed', null],
    ['taken', 'helm'],
  ] as const) {
    const made = await carryOut({ desired: [wish(name)], live: [] });
    const labels = { 'app.kubernetes.io/managed-by': mark };
    await client.patch(
      resources.configMaps,
      { namespace, name },
      { metadata: { labels } },
      { strategy: 'merge' },
    );
    const outcome = await carryOut({ desired: [wish(name)], live: [] });
    if (mark !== null) expect(outcome?.error).toBeInstanceOf(NotOwned);
    else
      expect(outcome?.object?.metadata).toMatchObject({
        uid: made?.object?.metadata?.uid,
        labels: ownerLabels,
      });
  }
});

test('what was replaced since it was seen is not written to when it is of others, and not deleted', async () => {
  const made = await carryOut({ desired: [wish('replaced')], live: [] });
  const seen = asSeen(made?.object as ConfigMap);
  await client.delete(resources.configMaps, { namespace, name: 'replaced' });
  const before = await foreign('replaced');
  const update = await carryOut({ desired: [wish('replaced', 'newer')], live: [seen] });
  expect(update?.error).toMatchObject({ name: 'NotOwned' });
  const deletion = await carryOut({ desired: [], live: [seen] });
  expect(deletion?.error).toMatchObject({ code: 'Conflict' });
  expect(await stored('replaced')).toEqual(before);
});

test('what is gone since it was seen is made anew', async () => {
  const made = await carryOut({ desired: [wish('gone')], live: [] });
  const seen = asSeen(made?.object as ConfigMap);
  await client.delete(resources.configMaps, { namespace, name: 'gone' });
  const outcome = await carryOut({ desired: [wish('gone', 'newer')], live: [seen] });
  expect(outcome?.object?.metadata?.uid).not.toBe(seen.metadata?.uid);
  expect((await stored('gone')).data).toEqual({ text: 'newer' });
});

test('nothing is deleted that has no uid', async () => {
  await client.create(resources.configMaps, wish('no-uid'));
  const outcome = await carryOut({ desired: [], live: [wish('no-uid')] });
  expect(outcome?.error).toMatchObject({ message: 'ConfigMap default/no-uid without a uid is not deleted' });
  await stored('no-uid');
});
