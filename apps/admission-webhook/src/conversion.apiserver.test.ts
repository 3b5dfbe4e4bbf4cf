import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { conversions } from '@rackwright/api';
import { errorMessage, systemClock } from '@rackwright/core';
import { type CustomResourceDefinition, type KubeObject, resourceName, resources } from '@rackwright/kube';
import { waitUntil } from '@rackwright/testbed/without-nodes';
import { certificatesOf } from '@rackwright/web';
import fc from 'fast-check';
import { decodedBundle } from './configuration/registration.ts';
import { type BoxSpec, boxCrd, boxes, olderBoxes } from './testing/boxes.ts';
import { type Replica, release, WebhookEnvironment } from './testing/webhook-environment.ts';

const clock = systemClock;
const namespace = 'default';
const crdKey = { name: 'boxes.boxes.example.com' };
const program = fileURLToPath(new URL('testing/boxes-main.ts', import.meta.url));
let environment: WebhookEnvironment;
let replica: Replica;

beforeAll(async () => {
  environment = await WebhookEnvironment.start();
  const crds = [crdKey.name, ...conversions.map(({ resource }) => resourceName(resource))];
  await environment.installFor({ mutating: true, crds });
  // So that authority and certificate are renewed while the tests go on.
  const args = ['--certificate-lifetime=15s', '--authority-lifetime=15s'];
  replica = await environment.replica('one', { program, args });
  const isReady = async () => (await replica.readiness()) === 'ready' && (await entries()).every(hasEntry);
  await waitUntil('the webhook', isReady, { clock, deadlineMs: 60_000 });
}, 120_000);

afterAll(() => environment?.[Symbol.asyncDispose]());

const hasEntry = ({ webhooks }: { readonly webhooks?: readonly unknown[] }): boolean =>
  webhooks !== undefined;

/** Both configurations. */
function entries() {
  const { validatingWebhookConfigurations: validating, mutatingWebhookConfigurations: mutating } = resources;
  return Promise.all([validating, mutating].map((type) => environment.admin.get(type, { name: release })));
}

function crd(): Promise<CustomResourceDefinition> {
  return environment.admin.get(resources.customResourceDefinitions, crdKey);
}

async function applyCrd(stored: 'v1alpha1' | 'v1beta1'): Promise<void> {
  await environment.admin.apply(resources.customResourceDefinitions, boxCrd(stored), {
    fieldManager: 'chart',
  });
  await waitUntil('a CRD that is converted', isConverted, { clock, deadlineMs: 30_000 });
  await waitUntil('boxes', () => environment.admin.list(boxes, { namespace }), { clock, deadlineMs: 30_000 });
}

async function isConverted(): Promise<boolean> {
  return (await crd()).spec?.conversion?.strategy === 'Webhook';
}

/** Back to what a CRD says that nobody converts. */
async function resetConversion(): Promise<void> {
  const patch = [{ op: 'replace', path: '/spec/conversion', value: { strategy: 'None' } }];
  await environment.admin.patch(resources.customResourceDefinitions, crdKey, patch, { strategy: 'json' });
}

/** Fingerprints of what is trusted by each entry and the CRD, one list for each. */
async function trusted(): Promise<string[][]> {
  const bundles = (await entries()).flatMap(({ webhooks = [] }) =>
    webhooks.map(({ clientConfig }) => clientConfig.caBundle),
  );
  bundles.push((await crd()).spec?.conversion?.webhook?.clientConfig?.caBundle);
  return bundles.map((bundle) =>
    certificatesOf(decodedBundle(bundle)).map(({ fingerprint256 }) => fingerprint256),
  );
}

const box = (name: string, spec: BoxSpec): KubeObject & { spec: BoxSpec } => ({
  metadata: { namespace, name },
  spec,
});

describe('a kind of two versions whose CRD comes after the webhook', () => {
  beforeAll(() => applyCrd('v1alpha1'));

  test('is written in v1alpha1 and read in v1beta1, and the other way round', async () => {
    await environment.admin.create(olderBoxes, box('old', { size: '10B' }));
    expect((await environment.admin.get(boxes, { namespace, name: 'old' })).spec).toEqual({
      ...{ bytes: 10, colour: 'grey' },
    });
    await environment.admin.create(boxes, box('new', { bytes: 20, colour: 'red' }));
    expect((await environment.admin.get(olderBoxes, { namespace, name: 'new' })).spec).toEqual({
      size: '20B',
    });
    expect((await environment.admin.get(boxes, { namespace, name: 'new' })).spec).toEqual({
      ...{ bytes: 20, colour: 'red' },
    });
  });

  test('gets the default of its family', async () => {
    const made = await environment.admin.create(boxes, box('plain', { bytes: 1 }));
    expect(made.spec).toEqual({ bytes: 1, colour: 'grey' });
  });

  test('comes back as it was written, whatever was written in whichever version', async () => {
    const any = fc.oneof(
      fc.record({ type: fc.constant(boxes), spec: fc.record({ bytes: fc.nat(), colour: fc.string() }) }),
      fc.record({ type: fc.constant(olderBoxes), spec: fc.record({ size: fc.nat().map((n) => `${n}B`) }) }),
    );
    let n = 0;
    await fc.assert(
      fc.asyncProperty(any, async ({ type, spec }) => {
        const name = `any-${n++}`;
        await environment.admin.create(type, box(name, spec));
        // Written once more in the other version, unchanged.
        const other = type === boxes ? olderBoxes : boxes;
        await environment.admin.update(other, await environment.admin.get(other, { namespace, name }));
        expect((await environment.admin.get(type, { namespace, name })).spec).toEqual(spec);
      }),
      { numRuns: 25 },
    );
  });

  test('is refused with its name where it cannot be converted', async () => {
    // The webhooks are registered for v1beta1, so that is what the API server wants to ask them about.
    const message = await environment.admin
      .create(olderBoxes, box('huge', { size: 'huge' }))
      .catch(errorMessage);
    expect(message).toContain(
      `Box ${namespace}/huge: boxes.example.com/v1alpha1 to boxes.example.com/v1beta1: spec.size must be a number and B`,
    );
  });

  test('is read as before when another version is stored', async () => {
    const before = await environment.admin.list(boxes, { namespace });
    await applyCrd('v1beta1');
    await environment.admin.create(boxes, box('later', { bytes: 30, colour: 'blue' }));
    const specs = ({ items }: typeof before): object =>
      Object.fromEntries(items.map(({ metadata, spec }) => [metadata?.name, spec]));
    expect(specs(await environment.admin.list(boxes, { namespace }))).toEqual({
      ...specs(before),
      later: { bytes: 30, colour: 'blue' },
    });
    expect((await environment.admin.get(olderBoxes, { namespace, name: 'later' })).spec).toEqual({
      size: '30B',
    });
  });

  test('is converted on when the chart is applied again, and of the CRD nothing else is changed', async () => {
    await applyCrd('v1beta1');
    const { spec, metadata } = await crd();
    expect(spec?.versions.map(({ name, storage }) => [name, storage])).toEqual([
      ['v1alpha1', false],
      ['v1beta1', true],
    ]);
    const own = JSON.stringify(
      metadata?.managedFields?.filter((one) => JSON.stringify(one).includes('rackwright')),
    );
    expect(own).toContain('f:conversion');
    expect(own).not.toContain('f:versions');
  });

  test('is put right when somebody takes the conversion away', async () => {
    await resetConversion();
    await waitUntil('the conversion', isConverted, { clock, deadlineMs: 30_000 });
  });

  test('is converted after a renewal, which CRD and configurations are told of alike', async () => {
    const [before = []] = await trusted();
    const isRenewed = async () => {
      const now = await trusted();
      return now.every((list) => list.some((id) => !before.includes(id)) && `${list}` === `${now[0]}`);
    };
    await waitUntil('another authority', isRenewed, { clock, deadlineMs: 60_000 });
    // The CRD, and at least one webhook of each configuration.
    expect((await trusted()).length).toBeGreaterThanOrEqual(3);
    const isReplaced = async () => (await trusted()).flat().every((id) => !before.includes(id));
    await waitUntil('the first authority to go', isReplaced, { clock, deadlineMs: 60_000 });
    // An API server that trusts another authority connects anew.
    await environment.admin.create(olderBoxes, box('renewed', { size: '7B' }));
    expect((await environment.admin.get(boxes, { namespace, name: 'renewed' })).spec).toMatchObject({
      bytes: 7,
    });
  }, 150_000);

  test('is left alone where somebody else converts it', async () => {
    const url = 'https://other.example.com/convert';
    const patch = [{ op: 'replace', path: '/spec/conversion/webhook/clientConfig', value: { url } }];
    await environment.admin.patch(resources.customResourceDefinitions, crdKey, patch, { strategy: 'json' });
    const isTold = async () => (await replica.logs()).includes(`"converter":"${url}"`);
    await waitUntil('a line in the log', isTold, { clock, deadlineMs: 30_000 });
    expect((await crd()).spec?.conversion?.webhook?.clientConfig).toEqual({ url });
    expect(await replica.readiness()).toBe('ready');
    await resetConversion();
    await waitUntil('the conversion', isConverted, { clock, deadlineMs: 30_000 });
  });

  test('may go, and come again', async () => {
    await environment.admin.delete(resources.customResourceDefinitions, crdKey);
    const isGone = async () =>
      (await environment.admin.list(resources.customResourceDefinitions)).items.every(
        ({ metadata }) => metadata?.name !== crdKey.name,
      );
    await waitUntil('the CRD to go', isGone, { clock, deadlineMs: 30_000 });
    expect(await replica.readiness()).toBe('ready');
    await applyCrd('v1beta1');
    await environment.admin.create(olderBoxes, box('again', { size: '1B' }));
    expect((await environment.admin.get(boxes, { namespace, name: 'again' })).spec).toMatchObject({
      bytes: 1,
    });
  }, 90_000);
});
