import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { isKubeError, KubeClient, type KubeObject } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import { badSpecs, goodSpecs } from './cache-cases.test-data.ts';
import { parseAidaptivCache } from './parse.ts';
import { aidaptivCacheNodes, aidaptivCaches, phisonDeviceOperators } from './resources.ts';
import type { AidaptivCache, AidaptivCacheSpec } from './types.ts';

const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
const apiVersion = 'operators.phison.com/v1beta1';
const name = 'default';
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'api-test' });
  const kinds = [aidaptivCaches, aidaptivCacheNodes, phisonDeviceOperators];
  const files = kinds.flatMap(({ group, plural }) => ['-f', `${config}crd/bases/${group}_${plural}.yaml`]);
  expect(await plane.kubectl('apply', ...files)).toMatchObject({ code: 0, stderr: '' });
  await plane.untilCrdsServed();
  const file = await plane.kubectl('create', 'namespace', 'older');
  expect(file).toMatchObject({ code: 0 });
}, 120_000);

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

function cache(spec: unknown, metadata = { name }): AidaptivCache {
  return { apiVersion, kind: 'AidaptivCache', metadata, spec: spec as AidaptivCacheSpec };
}

const dryRun = { dryRun: true } as const;

async function refusal(attempt: Promise<KubeObject>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    if (isKubeError(error)) return error.message;
    throw error;
  }
  throw new Error('the API server accepted it');
}

describe('an AidaptivCache', () => {
  test.each(Object.entries(goodSpecs))('with %s is accepted, and read as it is stored', async (_, spec) => {
    const stored = await client.create(aidaptivCaches, cache(spec), dryRun);
    expect(stored.spec).toMatchObject(spec);
    const parsed = parseAidaptivCache(cache(spec));
    expect(parsed).toMatchObject({ ok: true, value: { spec: stored.spec } });
  });

  test.each(Object.entries(badSpecs))('with %s is refused, here and there', async (_, { spec, field }) => {
    expect(await refusal(client.create(aidaptivCaches, cache(spec), dryRun))).toContain(field);
    const parsed = parseAidaptivCache(cache(spec));
    expect(parsed).toMatchObject({ ok: false, error: { message: expect.stringContaining(field) } });
  });

  test('of another name is refused', async () => {
    const message = await refusal(client.create(aidaptivCaches, cache({}, { name: 'second' }), dryRun));
    expect(message).toContain('metadata.name must be default');
  });

  test('keeps its resource name, and the names of its volumes once it is rolled out', async () => {
    const created = await client.create(aidaptivCaches, cache(undefined));
    const patch = (spec: object) => client.patch(aidaptivCaches, { name }, { spec }, { strategy: 'merge' });
    expect(await refusal(patch({ devicePlugin: { resourceName: 'example.com/other' } }))).toContain(
      'spec.devicePlugin.resourceName must not change',
    );
    await patch({ cache: { volumeGroup: 'before' } });
    const status = { status: { phase: 'Ready' } };
    await client.patch(aidaptivCaches, { name }, status, { strategy: 'merge', subresource: 'status' });
    expect(await refusal(patch({ cache: { volumeGroup: 'after' } }))).toContain(
      'spec.cache.volumeGroup must not change',
    );
    expect(await refusal(patch({ cache: { logicalVolume: 'after' } }))).toContain(
      'spec.cache.logicalVolume must not change',
    );
    await expect(patch({ cache: { hostPath: '/mnt/other' } })).resolves.toMatchObject({
      metadata: { uid: created.metadata?.uid },
    });
  });

  test('is listed by its short name with the columns of the older operator', async () => {
    const { stdout } = await plane.kubectl('get', 'aic');
    expect(stdout.split('\n')[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'PHASE',
      'NODES',
      'HEALTHY',
      'UNITS',
      'AGE',
    ]);
  });
});

test('an AidaptivCacheNode has a status and nothing else', async () => {
  const object = { apiVersion, kind: 'AidaptivCacheNode', metadata: { name: 'node-a' } };
  await client.create(aidaptivCacheNodes, { ...object, ...{ spec: { x: 1 } } });
  const device = {
    serial: 'S',
    eligible: true,
    health: 'Healthy',
    smart: { mediaErrors: '9007199254740993' },
  };
  const status = { devices: [device], units: { capacity: 1, healthy: 0 }, cache: { state: 'Blocked' } };
  const options = { fieldManager: 'test', subresource: 'status' } as const;
  const stored = await client.apply(aidaptivCacheNodes, { ...object, status } as never, options);
  expect(stored).not.toHaveProperty('spec');
  expect(stored.status).toEqual(status);
});

test('a PhisonDeviceOperator keeps the whole pod specifications of its plugins', async () => {
  const podSpec = {
    hostPID: true,
    containers: [{ name: 'x', image: 'y', env: [{ name: 'A', value: '1' }] }],
  };
  const spec = {
    servicename: 'aidaptivcache-service',
    serviceport: [{ name: 'https', port: 9443 }, 8443],
    plugins: [{ pluginname: 'phison-device-plugin', pluginnamespace: 'older', pluginspec: podSpec }],
  };
  const object = { apiVersion: 'operators.phison.com/v1alpha1', kind: 'PhisonDeviceOperator' };
  const metadata = { name: 'phison', namespace: 'older' };
  const stored = await client.create(phisonDeviceOperators, { ...object, metadata, spec });
  expect(stored.spec).toEqual(spec);
  const { stdout } = await plane.kubectl('get', 'phisondeviceoperators', '-n', 'older');
  expect(stdout.split('\n')[0]?.split(/\s{2,}/)).toEqual(['NAME', 'PHASE', 'MESSAGE', 'AGE']);
});
