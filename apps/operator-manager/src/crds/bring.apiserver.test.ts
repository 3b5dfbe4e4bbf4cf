import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CxiDriver, customResourceDefinitions, cxiDefinitions, cxiDrivers } from '@rackwright/api';
import { silentLogger, systemClock } from '@rackwright/core';
import { type CustomResourceDefinition, KubeClient, resources } from '@rackwright/kube';
import { CrdCheck } from '@rackwright/manager';
import { runService } from '@rackwright/service';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { crdsService } from '../commands/crds.ts';
import { FakeProcess } from '../testing/replica.ts';

const clock = systemClock;
const type = resources.customResourceDefinitions;
const name = 'cxidrivers.cxi.hpe.com';
let plane: ControlPlane;
let admin: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
}, 120_000);

afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

type Fields = Record<string, unknown>;

function specFields(crd: CustomResourceDefinition): Fields {
  const schema = crd.spec?.versions[0]?.schema?.openAPIV3Schema as {
    properties: { spec: { properties: Fields } };
  };
  return schema.properties.spec.properties;
}

async function liveFields(): Promise<string[]> {
  return Object.keys(specFields(await admin.get(type, { name })));
}

/** Runs the command as a hook's pod would. */
async function bring(): Promise<number> {
  return runService(crdsService('1.2.3'), new FakeProcess([`--kubeconfig=${plane.adminKubeconfig}`], {}));
}

function priorityClassOf(driver: CxiDriver): string | undefined {
  return driver.spec.priorityClassName;
}

test('a field taken out of the CRD is dropped silently, told of by the check, and back after the command', async () => {
  const abort = new AbortController();
  const check = new CrdCheck({
    client: admin,
    needed: customResourceDefinitions(cxiDefinitions),
    clock,
    logger: silentLogger,
  });
  // As Helm leaves them at an install: created, not applied.
  for (const crd of customResourceDefinitions(cxiDefinitions)) {
    if (crd.metadata?.name === name) {
      Reflect.deleteProperty(specFields(crd), 'priorityClassName');
      specFields(crd).past = { type: 'string', description: 'Of an older version.' };
    }
    await admin.create(type, crd);
  }
  const running = check.start(abort.signal);
  const shortfall = await check.shortfall.until((value) => value !== undefined, AbortSignal.timeout(60_000));
  expect(shortfall).toContain(`CRD ${name}: spec.priorityClassName is missing`);
  const kind = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata: { name: 'cxi' } };
  const driver = { ...kind, spec: { version: '13.0.0', priorityClassName: 'hpc' } } as CxiDriver;
  const created = await waitUntil('the kind', () => admin.create(cxiDrivers, driver).catch(() => undefined), {
    ...{ clock, deadlineMs: 60_000, intervalMs: 100 },
  });
  expect(priorityClassOf(created)).toBeUndefined();

  expect(await bring()).toBe(0);

  expect(await liveFields()).toContain('priorityClassName');
  expect(await liveFields()).not.toContain('past');
  await check.shortfall.until((value) => value === undefined, AbortSignal.timeout(60_000));
  abort.abort();
  await running;
  const patched = await waitUntil(
    'the field to be kept',
    async () => {
      const answer = await admin.patch(
        cxiDrivers,
        { name: 'cxi' },
        { spec: driver.spec },
        { strategy: 'merge' },
      );
      return priorityClassOf(answer) === 'hpc' ? answer : undefined;
    },
    { clock, deadlineMs: 60_000, intervalMs: 100 },
  );
  expect(patched.metadata?.uid).toBe(created.metadata?.uid);
});

test('a CRD of a newer version keeps its fields', async () => {
  const crd = await admin.get(type, { name });
  specFields(crd).future = { type: 'string', description: 'Of a newer version.' };
  await admin.update(type, crd);
  expect(await bring()).toBe(0);
  expect(await liveFields()).toContain('future');
});

test('a CRD that is gone is made anew, and the other one is left as it is', async () => {
  const before = (await admin.get(type, { name })).metadata?.uid;
  await admin.delete(type, { name: 'cxidevices.cxi.hpe.com' });
  await waitUntil(
    'the CRD to be gone',
    () =>
      admin.get(type, { name: 'cxidevices.cxi.hpe.com' }).then(
        () => false,
        () => true,
      ),
    { clock, deadlineMs: 60_000, intervalMs: 100 },
  );
  expect(await bring()).toBe(0);
  expect((await admin.get(type, { name: 'cxidevices.cxi.hpe.com' })).status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Established', status: 'True' }),
  );
  expect((await admin.get(type, { name })).metadata?.uid).toBe(before);
});
