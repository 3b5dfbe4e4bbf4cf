import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { isKubeError, KubeClient, type KubeObject, type ResourceType, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { customResourceDefinition, type Definition } from '../crd/definition.ts';
import { type ConversionServer, startConversionServer } from '../crd/testing/conversion-server.ts';
import { badSpecs, goodSpecs, smallSpec, withTargets } from './aistore-cases.test-data.ts';
import { aisDefinitions } from './definitions.ts';
import { parseAIStore } from './parse.ts';
import { aistoreAuthProfiles, aistoreAuths, aistores, olderAistores } from './resources.ts';
import type { AIStore, AIStoreSpec } from './types.ts';

const clock = systemClock;
const namespace = 'default';
const samples = fileURLToPath(new URL('../../../../config/samples/', import.meta.url));
const sample = join(samples, 'ais_v1alpha1_aistore.yaml');
let plane: ControlPlane;
let client: KubeClient;
let converter: ConversionServer;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  client = new KubeClient({ connection: plane.admin(), clock, userAgent: 'api-test' });
  converter = await startConversionServer(definitionOf(aistores), clock);
  for (const { resource } of aisDefinitions) await applyCrd(crdOf(resource));
  for (const { resource } of aisDefinitions)
    await waitUntil(resource.plural, () => client.list(resource), { clock, deadlineMs: 60_000 });
}, 120_000);

afterAll(async () => {
  await converter?.[Symbol.asyncDispose]();
  await client?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

function definitionOf(resource: ResourceType): Definition {
  const found = aisDefinitions.find((definition) => definition.resource === resource);
  if (found === undefined) throw new Error('it is a kind of the family');
  return found;
}

/** The CRD, converted by our server where it has versions that differ. */
function crdOf(resource: ResourceType, webhook = converter.webhook): KubeObject {
  const definition = definitionOf(resource);
  return customResourceDefinition(definition, definition.conversions === undefined ? undefined : webhook);
}

async function applyCrd(crd: KubeObject): Promise<void> {
  await client.apply(resources.customResourceDefinitions, crd as never, { fieldManager: 'test' });
}

function aistore(spec: unknown, name = 'a'): AIStore {
  const metadata = { name, namespace };
  return { apiVersion: 'ais.nvidia.com/v1beta1', kind: 'AIStore', metadata, spec: spec as AIStoreSpec };
}

const dryRun = { dryRun: true } as const;

async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (isKubeError(error)) return error.message;
    throw error;
  }
  throw new Error('the API server accepted it');
}

describe('an AIStore', () => {
  test.each(Object.entries(goodSpecs))('with %s is accepted, and read as it is stored', async (_, spec) => {
    const stored = await client.create(aistores, aistore(spec), dryRun);
    expect(stored.spec).toMatchObject(spec);
    expect(parseAIStore(aistore(spec))).toMatchObject({ ok: true, value: { spec: stored.spec } });
  });

  test.each(Object.entries(badSpecs))('with %s is refused, here and there', async (_, { spec, says }) => {
    expect(await refusal(client.create(aistores, aistore(spec), dryRun))).toContain(says);
    const parsed = parseAIStore(aistore(spec));
    expect(parsed).toMatchObject({ ok: false, error: { message: expect.stringContaining(says) } });
  });

  test('of the first operator is applied as written, and read in both versions', async () => {
    expect(await plane.kubectl('apply', '-n', namespace, '-f', sample)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const key = { namespace, name: 'aistore-sample' };
    expect((await client.get(aistores, key)).spec).toMatchObject({
      size: 1,
      stateStorage: { hostPath: { prefix: '/etc/ais' } },
      targetSpec: { mounts: [{ path: '/ais1', size: '10Gi' }] },
    });
    expect((await client.get(olderAistores, key)).spec).toMatchObject({
      hostpathPrefix: '/etc/ais',
      enableExternalLB: false,
      targetSpec: { nodiskio: { enabled: true, dryobjsize: '8M' } },
    });
    // Applied once more, it changes nothing.
    const again = await plane.kubectl('apply', '-n', namespace, '-f', sample);
    expect(again.stdout).toContain('unchanged');
  });

  test.each(readdirSync(samples).filter((name) => /^(ais|auth)_/.test(name)))(
    'of the sample %s is taken as it is written, with nothing dropped',
    async (name) => {
      const file = join(samples, name);
      // Strict: a field that is misspelt is refused, not dropped.
      const checked = ['--dry-run=server', '--validate=strict', '-n', namespace, '-f', file];
      expect(await plane.kubectl('apply', ...checked)).toMatchObject({ code: 0, stderr: '' });
    },
  );

  test('is scaled by kubectl, but not to nothing, and shows what is there', async () => {
    await client.create(aistores, aistore(smallSpec, 'scaled'));
    const scale = (replicas: string) =>
      plane.kubectl('scale', '-n', namespace, 'aistore/scaled', `--replicas=${replicas}`);
    expect(await scale('3')).toMatchObject({ code: 0 });
    expect((await scale('0')).stderr).toContain('invalid cluster size 0');
    const role = { desired: 3, current: 3, updated: 3 };
    const nodes = [{ pod: 'scaled-proxy-0', state: 'Ready', primary: true }];
    const status = {
      ...{ state: 'Ready', observedGeneration: 2, replicas: 3, selector: 'app.kubernetes.io/name=scaled' },
      ...{ proxies: { ...role, ready: 2, nodes }, targets: { ...role, ready: 1 } },
    };
    const options = { strategy: 'merge', subresource: 'status' } as const;
    const key = { namespace, name: 'scaled' };
    const stored = await client.patch(aistores, key, { status }, options);
    expect(stored.status).toEqual(status);
    const { stdout } = await plane.kubectl('get', '-n', namespace, 'aistore', 'scaled');
    const [header, row] = stdout.split('\n').map((line) => line.split(/\s{2,}/));
    expect(header).toEqual(['NAME', 'STATE', 'AGE', 'SIZE', 'PROXIES', 'TARGETS']);
    expect(row?.filter((_, i) => i !== 2)).toEqual(['scaled', 'Ready', '3', '2', '1']);
  });
});

test('weakness 25: an AIStore that the CRD refuses today can be annotated, changed, mended and deleted', async () => {
  const key = { namespace, name: 'older' };
  const wrong = withTargets({ pdb: { maxUnavailable: 'half' }, labels: { a: 'b c' } });
  const lenient = JSON.stringify(crdOf(aistores), (key, value: unknown) =>
    key === 'x-kubernetes-validations' || key === 'pattern' ? undefined : value,
  );
  await applyCrd(JSON.parse(lenient) as KubeObject);
  const accepts = () =>
    client.create(aistores, aistore(wrong, key.name), dryRun).then(
      () => true,
      () => false,
    );
  await waitUntil('the older CRD', accepts, { clock, deadlineMs: 30_000 });
  await client.create(aistores, aistore(wrong, key.name));
  await applyCrd(crdOf(aistores));
  await waitUntil('the CRD', async () => !(await accepts()), { clock, deadlineMs: 30_000 });
  const patch = (fields: object) => client.patch(aistores, key, fields, { strategy: 'merge' });
  await patch({ metadata: { annotations: { a: 'b' }, finalizers: ['finalize.ais'] } });
  await patch({ spec: { logsDir: '/var/log/ais' } });
  expect(await refusal(patch({ spec: { targetSpec: { pdb: { maxUnavailable: 'third' } } } }))).toContain(
    'pdb',
  );
  await patch({ spec: { targetSpec: { pdb: { maxUnavailable: 1 } } } });
  await client.delete(aistores, key);
  await patch({ metadata: { finalizers: null } });
  expect(await refusal(client.get(aistores, key))).toContain('not found');
});

test('an AIStoreAuth gets its defaults, and shows its columns in the order of the older operator', async () => {
  const metadata = { name: 'authn', namespace };
  const spec = { persistence: { storageClass: 'local' }, deployment: { container: { image: 'authn' } } };
  const stored = await client.create(aistoreAuths, { metadata, spec } as never);
  expect(stored.spec).toEqual({
    persistence: { storageClass: 'local', deletionPolicy: 'Retain' },
    deployment: { container: { image: 'authn', imagePullPolicy: 'IfNotPresent' } },
  });
  const { stdout } = await plane.kubectl('get', '-n', namespace, 'aisauth');
  expect(stdout.split('\n')[0]?.split(/\s{2,}/)).toEqual(['NAME', 'READY', 'URL', 'AGE']);
  const twice = { ...spec, persistence: { storageClass: 'a', volumeName: 'b' } };
  expect(await refusal(client.create(aistoreAuths, { metadata, spec: twice } as never))).toContain(
    'exactly one of storageClass, volumeName',
  );
});

test('an AIStoreAuthProfile has one way to log in', async () => {
  const metadata = { name: 'p' };
  const serviceURL = 'https://authn:52001';
  const create = (spec: object) => client.create(aistoreAuthProfiles, { metadata, spec } as never, dryRun);
  const stored = await create({ serviceURL, usernamePassword: { secret: { name: 's', namespace } } });
  expect(stored.spec.usernamePassword?.secret).toMatchObject({ userKey: 'SU-NAME', passKey: 'SU-PASS' });
  expect((await create({ serviceURL, tokenExchange: {} })).spec.tokenExchange).toEqual({
    endpoint: '/token',
  });
  expect(await refusal(create({ serviceURL }))).toContain('exactly one of usernamePassword, tokenExchange');
});

test('an AIStore of the first operator that is written before anybody converts means the same', async () => {
  const { conversion: _, ...spec } = (crdOf(aistores) as KubeObject & { spec: Record<string, unknown> }).spec;
  await applyCrd({ ...crdOf(aistores), ...{ spec } });
  const older = { size: 1, hostpathPrefix: '/etc/ais', enableExternalLB: true };
  const { stateStorage: _state, ...others } = smallSpec;
  const metadata = { name: 'early', namespace };
  const isNamedOnly = async () =>
    (await client.get(resources.customResourceDefinitions, { name: 'aistores.ais.nvidia.com' })).spec
      ?.conversion?.strategy === 'None';
  await waitUntil('no conversion', isNamedOnly, { clock, deadlineMs: 30_000 });
  await client.create(olderAistores, { metadata, spec: { ...others, ...older } } as never);
  expect((await client.get(aistores, metadata)).spec).toMatchObject({ ...others, ...older });
});
