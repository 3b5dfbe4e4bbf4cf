import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type CustomResourceDefinition, KubeClient, resources, resourceType } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import type { AnyObject } from './conversion.ts';
import { customResourceDefinition, type Definition } from './definition.ts';
import { boxDefinition, boxes } from './testing/box.test-data.ts';
import { type ConversionServer, startConversionServer } from './testing/conversion-server.ts';

const clock = systemClock;
const namespace = 'default';
const alpha = resourceType<AnyObject>({ ...boxes, version: 'v1alpha1' });
const stored = resourceType<AnyObject>(boxes);
let plane: ControlPlane;
let client: KubeClient;
let converter: ConversionServer;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'versions-test' });
  converter = await startConversionServer(boxDefinition, clock);
  await applyCrd(boxDefinition, converter.webhook);
}, 120_000);

afterAll(async () => {
  await converter?.[Symbol.asyncDispose]();
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

async function applyCrd(...of: Parameters<typeof customResourceDefinition>): Promise<void> {
  const crd = customResourceDefinition(...of) as CustomResourceDefinition;
  await client.apply(resources.customResourceDefinitions, crd, { fieldManager: 'test' });
  const [{ resource }] = of;
  await waitUntil(resource.plural, () => client.list(resource), { clock });
}

test('an object is written in one version and read in both, and nothing of it is lost', async () => {
  await client.create(alpha, { metadata: { name: 'a', namespace }, spec: { size: '1.5Ki' } });
  const seen = await client.get(stored, { namespace, name: 'a' });
  expect(seen).toMatchObject({ apiVersion: 'boxes.example.com/v1', spec: { bytes: 1536 } });
  expect((await client.get(alpha, { namespace, name: 'a' })).spec).toEqual({ size: '1.5Ki' });
  await client.patch(stored, { namespace, name: 'a' }, { spec: { colour: 'red' } }, { strategy: 'merge' });
  const touched = { metadata: { labels: { touched: 'yes' } } };
  await client.patch(alpha, { namespace, name: 'a' }, touched, { strategy: 'merge' });
  expect((await client.get(stored, { namespace, name: 'a' })).spec).toEqual({ bytes: 1536, colour: 'red' });
  expect((await client.list(alpha, { namespace })).items.map(({ spec }) => spec)).toEqual([
    { size: '1.5Ki' },
  ]);
});

test('the status is written in either version', async () => {
  const status = { phase: 'Ready' };
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await client.patch(alpha, { namespace, name: 'a' }, { status }, options);
  expect((await client.get(stored, { namespace, name: 'a' })).status).toEqual(status);
});

test('what cannot be converted is refused with the field that is wrong', async () => {
  const object = { metadata: { name: 'b', namespace }, spec: { size: 'huge' } };
  await expect(client.create(alpha, object)).rejects.toMatchObject({
    message: expect.stringContaining('spec.size: "huge" is not a quantity'),
  });
});

test('whoever uses a version that is on its way out is warned', async () => {
  const shown = await plane.kubectl('get', 'boxes.v1alpha1.boxes.example.com');
  expect(shown.stderr).toContain('Warning: write v1 instead');
});

test('versions that differ in their name only need no webhook, and a kind may have no status', async () => {
  const [, newer] = boxDefinition.versions;
  if (newer === undefined) throw new Error('there are two versions');
  const { status: _, ...version } = newer;
  const crates = resourceType<AnyObject>({ ...boxes, kind: 'Crate', plural: 'crates' });
  const definition: Definition = {
    ...{ ...boxDefinition, conversions: [], resource: crates },
    versions: [version, { ...version, name: 'v2' }],
  };
  await applyCrd(definition);
  await client.create(crates, { metadata: { name: 'a', namespace }, spec: { bytes: 2 ** 53 - 1 } });
  const newest = resourceType<AnyObject>({ ...crates, version: 'v2' });
  const seen = await client.get(newest, { namespace, name: 'a' });
  expect(seen).toMatchObject({ apiVersion: 'boxes.example.com/v2', spec: { bytes: 2 ** 53 - 1 } });
  const options = { strategy: 'merge', subresource: 'status' } as const;
  await expect(client.patch(crates, { namespace, name: 'a' }, {}, options)).rejects.toMatchObject({
    status: 404,
  });
});
