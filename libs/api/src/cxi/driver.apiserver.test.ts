import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { isKubeError, KubeClient, type KubeObject } from '@rackwright/kube';
import { ControlPlane, ProgramResolver } from '@rackwright/testbed/without-nodes';
import fc from 'fast-check';
import { parse } from 'yaml';
import { badSpecs, goodSpecs } from './driver-cases.test-data.ts';
import { parseCxiDriver } from './parse.ts';
import { cxiDevices, cxiDrivers } from './resources.ts';
import type { CxiDeviceObject, CxiDriver } from './types.ts';

const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
let plane: ControlPlane;
let client: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock: systemClock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock: systemClock });
  client = new KubeClient({ connection: plane.admin(), clock: systemClock, userAgent: 'api-test' });
  const applied = await plane.kubectl('apply', '-k', `${config}crd`);
  expect(applied).toMatchObject({ code: 0, stderr: '' });
  await plane.untilCrdsServed();
}, 120_000);

afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
});

function driver(name: string, spec: unknown): CxiDriver {
  return {
    apiVersion: 'cxi.hpe.com/v1',
    kind: 'CXIDriver',
    metadata: { name },
    spec: spec as CxiDriver['spec'],
  };
}

async function refusal(object: CxiDriver): Promise<string> {
  try {
    await client.create(cxiDrivers, object);
  } catch (error) {
    if (isKubeError(error)) return error.message;
    throw error;
  }
  throw new Error('the API server accepted it');
}

describe('a CXIDriver', () => {
  test.each(Object.entries(goodSpecs).map(([title, spec], i) => [title, spec, i] as const))(
    'with %s is accepted',
    async (_, spec, i) => {
      await expect(client.create(cxiDrivers, driver(`good-${i}`, spec))).resolves.toMatchObject({ spec });
    },
  );

  test.each(Object.entries(badSpecs))('with %s is refused and told how to mend it', async (_, bad) => {
    const message = await refusal(driver('bad', bad.spec));
    expect(message).toContain(bad.field);
    expect(message).toContain(bad.fix);
  });

  test('without a spec is refused', async () => {
    expect(await refusal(driver('bad', undefined))).toContain('spec: Required value');
  });

  test('whose name cannot be a label is refused', async () => {
    expect(await refusal(driver('a'.repeat(64), { version: '1' }))).toContain('at most 63 characters');
  });

  test('that is minimal is stored with every default', async () => {
    const stored = await client.create(cxiDrivers, driver('minimal', { version: '1' }));
    const text = await readFile(new URL('./testdata/minimal-stored.json', import.meta.url), 'utf8');
    expect(stored.spec).toEqual(JSON.parse(text));
  });

  test('keeps false and 0 through updates by others', async () => {
    const off = goodSpecs['everything switched off'];
    await client.create(cxiDrivers, driver('off', off));
    const key = { name: 'off' };
    await client.patch(
      cxiDrivers,
      key,
      { metadata: { finalizers: ['cxi.hpe.com/finalizer'] } },
      { strategy: 'merge' },
    );
    const status = { ready: 0, updating: 0, failed: 0, webhookReady: false };
    await client.apply(
      cxiDrivers,
      { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: key, status } as unknown as CxiDriver,
      { fieldManager: 'test', subresource: 'status' },
    );
    const stored = await client.get(cxiDrivers, key);
    expect(stored).toMatchObject({ spec: off ?? {}, status });
  });

  test('has the columns, short name and categories people look for', async () => {
    const short = await plane.kubectl('get', 'cxid', '--no-headers=false');
    expect(short.stdout.split('\n')[0]).toMatch(/^NAME +VERSION +READY +UPDATING +FAILED +AGE/);
    const wide = await plane.kubectl('get', 'hw', '-o', 'wide');
    expect(wide.stdout).toMatch(/NODES +SOURCE +RETRY-HANDLER +STATE +MESSAGE/);
    expect((await plane.kubectl('get', 'slingshot', '-o', 'name')).stdout).toContain(
      'cxidriver.cxi.hpe.com/minimal',
    );
  });
});

test('the API server and our parser agree on any value of what becomes a flag', async () => {
  const word = fc.oneof(
    fc.constantFrom(
      'all',
      'none',
      'default',
      'pct_x',
      'a-b',
      'a.b',
      '',
      '0xfffc0',
      '0x0',
      '5m',
      '0s',
      '10%',
      '0%',
    ),
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }),
  );
  const block = <T>(values: Record<string, fc.Arbitrary<T>>) => fc.record(values, { requiredKeys: [] });
  const toleration = block<unknown>({
    key: fc.constantFrom('', 'a', 'a/b', 'A/b', 'a b', 'x'.repeat(64)),
    operator: fc.constantFrom('Exists', 'Equal'),
    value: fc.constantFrom('', 'v', 'a b'),
    effect: fc.constantFrom('NoExecute', 'NoSchedule'),
    tolerationSeconds: fc.constant(3),
  });
  const spec = block<unknown>({
    tolerations: fc.array(toleration, { maxLength: 1 }),
    priorityClassName: word,
    driverAgent: block({
      switchIdMask: fc.oneof(
        word,
        fc.nat().map((bits) => `0x${bits.toString(16)}`),
      ),
    }),
    retryHandler: block({
      conf: fc.oneof(
        word,
        word.map((name) => `/etc/${name}`),
      ),
    }),
    devicePlugin: block<unknown>({
      resourceName: fc.oneof(
        word,
        word.map((name) => `hpe.com/${name}`),
      ),
      sharedCapacity: fc.integer({ min: -1, max: 10_002 }),
    }),
    metricsExporter: block<unknown>({
      telemetry: fc.array(word, { maxLength: 3 }),
      port: fc.integer({ min: -1, max: 65_537 }),
    }),
    updateStrategy: block<unknown>({
      healthCheckTimeout: word,
      maxUnavailable: fc.oneof(word, fc.integer({ min: -1, max: 9 })),
    }),
  });
  await fc.assert(
    fc.asyncProperty(spec, async (fields) => {
      const body = driver('any', { version: '1', ...fields });
      const answer = await client
        .request('POST', '/apis/cxi.hpe.com/v1/cxidrivers', { query: { dryRun: 'All' }, body })
        .then(
          () => 'accepted',
          (error: unknown) => (isKubeError(error) && error.status === 422 ? 'refused' : String(error)),
        );
      expect(answer).toBe(parseCxiDriver(body).ok ? 'accepted' : 'refused');
    }),
    { numRuns: 400 },
  );
}, 60_000);

describe('a CXIDevice', () => {
  test('keeps NUMA node 0, NID 0 and switch 0', async () => {
    const metadata = { name: 'node-a-cxi0' };
    const kind = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', metadata };
    const status = { node: 'node-a', device: 'cxi0', type: 'pf' as const, numaNode: 0, nid: 0, switchID: 0 };
    await client.create(cxiDevices, kind);
    await client.apply(cxiDevices, { ...kind, status }, { fieldManager: 'test', subresource: 'status' });
    expect((await client.get(cxiDevices, metadata)).status).toEqual(status);
    const row = await plane.kubectl('get', 'cxidev', 'node-a-cxi0', '--no-headers');
    expect(row.stdout).toMatch(/^node-a-cxi0 +node-a +cxi0 +0 +0 /);
  });

  test('is found by its node and its health', async () => {
    for (const [node, status] of [
      ['node-b', 'Healthy'],
      ['node-b', 'Unhealthy'],
      ['node-c', 'Unhealthy'],
    ] as const) {
      const name = `${node}-${status.toLowerCase()}`;
      const device = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', metadata: { name } };
      await client.create(cxiDevices, device);
      const found = { node, type: 'pf' as const, health: { status } };
      await client.apply(
        cxiDevices,
        { ...device, status: found },
        { fieldManager: 'test', subresource: 'status' },
      );
    }
    const names = async (selector: string): Promise<string[]> => {
      const { stdout } = await plane.kubectl('get', 'cxidevices', '--field-selector', selector, '-o', 'name');
      return stdout.split('\n').flatMap((line) => line.split('/')[1] ?? []);
    };
    expect(await names('status.node=node-b')).toEqual(['node-b-healthy', 'node-b-unhealthy']);
    expect(await names('status.health.status!=Healthy,status.node=node-b')).toEqual(['node-b-unhealthy']);
    expect(await names('status.node=node-c')).toEqual(['node-c-unhealthy']);
  });

  test.each([-1, 0x100000, 4_294_967_295])('with the NID %d is refused', async (nid) => {
    const object: CxiDeviceObject = {
      apiVersion: 'cxi.hpe.com/v1',
      kind: 'CXIDevice',
      metadata: { name: 'node-a-cxi1' },
      status: { type: 'pf', nid },
    };
    await client.apply(cxiDevices, { ...object, status: { type: 'pf' } }, { fieldManager: 'test' });
    const writing = client.apply(cxiDevices, object, { fieldManager: 'test', subresource: 'status' });
    await expect(writing).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('status.nid'),
    });
  });
});

test('the samples are accepted as they are', async () => {
  const outcome = await plane.kubectl('apply', '--server-side', '-k', `${config}samples`);
  expect(outcome).toMatchObject({ code: 0 });
  const device = await plane.kubectl(
    'apply',
    '--validate=strict',
    '-f',
    `${config}samples/cxi_v1_cxidevice.yaml`,
  );
  expect(device).toMatchObject({ code: 0 });
});

test('kubectl explain describes every field of both kinds', async () => {
  for (const resource of ['cxidrivers', 'cxidevices']) {
    const { paths } = await explained(resource);
    const texts = await Promise.all(paths.map((path) => plane.kubectl('explain', path)));
    const bare = paths.filter(
      (_, i) => !/DESCRIPTION:\s+\S/.test(texts[i]?.stdout ?? '') || /<empty>/.test(texts[i]?.stdout ?? ''),
    );
    expect({ resource, bare }).toEqual({ resource, bare: [] });
  }
}, 120_000);

/** The blocks of a kind as `kubectl explain` takes them; each prints its fields with their descriptions. */
async function explained(resource: string): Promise<{ paths: string[] }> {
  const text = await readFile(`${config}crd/bases/cxi.hpe.com_${resource}.yaml`, 'utf8');
  const crd = parse(text) as KubeObject & { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
  const root = crd.spec.versions[0]?.schema.openAPIV3Schema;
  return { paths: root === undefined ? [] : blocks(root, resource) };
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function blocks(node: Schema, path: string): string[] {
  const properties = node.properties ?? node.items?.properties;
  if (properties === undefined) return [];
  const children = Object.entries(properties).filter(([name]) => name !== 'metadata');
  return [path, ...children.flatMap(([name, child]) => blocks(child, `${path}.${name}`))];
}
