import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pmemCsiDeployments, pmemDeployments } from '@rackwright/api';
import { type KubeObject, type ResourceType, resources } from '@rackwright/kube';
import { DeploymentEnvironment } from './testing/deployment-environment.ts';
import { fieldChanges, olderFieldChanges } from './testing/field-changes.ts';
import { testSettings } from './testing/fixtures.ts';

const { namespace } = testSettings;
const name = 'pmem-csi.intel.com';
const older = { name: 'pmem-deployment', driverName: 'first.example.com' };
const { daemonSets, deployments, statefulSets } = resources;
const { serviceAccounts, services, secrets, roleBindings, clusterRoleBindings, csiDrivers } = resources;
const types: readonly ResourceType[] = [
  ...[daemonSets, deployments, statefulSets, serviceAccounts],
  ...[services, secrets, roleBindings, clusterRoleBindings, csiDrivers],
];
let testEnv: DeploymentEnvironment;

beforeAll(async () => {
  testEnv = await DeploymentEnvironment.start();
  await testEnv.create(name);
  await testEnv.untilPhase(name, 'Initializing');
  await testEnv.createOlder(older.name, { driverName: older.driverName });
  await testEnv.untilOlder(older.name, 'Initializing');
}, 120_000);

afterAll(() => testEnv?.[Symbol.asyncDispose]());

/** Version of every object of both deployments; of a workload that of its spec. */
async function versions(): Promise<Map<string, string>> {
  const all = await Promise.all(
    types.map(async (type) => {
      const { items } = await testEnv.admin.list<KubeObject>(type, {
        ...(type.namespaced ? { namespace } : {}),
        labelSelector: 'app.kubernetes.io/part-of=pmem-csi',
      });
      return items.map(({ metadata }): [string, string] => {
        const { name: of = '', uid = '', generation, resourceVersion = '' } = metadata ?? {};
        return [`${type.kind} ${of}`, `${uid} ${generation ?? resourceVersion}`];
      });
    }),
  );
  return new Map(all.flat());
}

async function set(type: ResourceType, of: string, spec: object): Promise<void> {
  await testEnv.admin.patch(type, { name: of }, { spec }, { strategy: 'merge' });
  await testEnv.until('the operator to have seen it', async () => {
    const found: KubeObject & { status?: { observedGeneration?: number } } = await testEnv.admin.get(type, {
      name: of,
    });
    return found.status?.observedGeneration === found.metadata?.generation;
  });
}

interface Change {
  readonly field: string;
  readonly value: unknown;
  /** What it is before and after; nothing by default. */
  readonly usual?: unknown;
}

/** Sets a field and takes it back; the objects that were written to, and how many were not. */
async function changesOf(
  type: ResourceType,
  of: string,
  { field, value, usual }: Change,
): Promise<{ changed: string[]; left: number }> {
  const before = await versions();
  await set(type, of, { [field]: value });
  const after = await versions();
  await set(type, of, { [field]: usual ?? null });
  const changed = [...after].filter(([key, version]) => before.get(key) !== version).map(([key]) => key);
  return { changed: changed.sort(), left: after.size - changed.length };
}

describe('a change of a PmemCSIDeployment on an API server', () => {
  test.each(fieldChanges)(
    'spec.%s to %j writes to %j and leaves everything else alone',
    async (field, value, changed) => {
      const found = await changesOf(pmemCsiDeployments, name, { field, value });
      expect(found.changed).toEqual([...changed].sort());
      expect(found.left).toBeGreaterThan(changed.length);
    },
  );
});

/** What the API server refuses of one that is rolled out, and the name that the other deployment has. */
const isRefused = (field: string, value: unknown): boolean =>
  ['deviceMode', 'pmemPercentage'].includes(field) || value === name;

describe('a change of a Deployment of the first operator on an API server', () => {
  const rows = olderFieldChanges.filter(([field, value]) => !isRefused(field, value));
  test.each(rows)(
    'spec.%s to %j writes to %j and leaves everything else alone',
    async (field, value, changed) => {
      const usual = field === 'driverName' ? older.driverName : undefined;
      const found = await changesOf(pmemDeployments, older.name, { field, value, usual });
      expect(found.changed).toEqual([...changed].sort());
    },
  );
});

test('an operator that starts again writes nothing', async () => {
  const { length } = testEnv.client.calls;
  await testEnv.restart();
  await set(pmemCsiDeployments, name, { logLevel: 3 });
  await set(pmemDeployments, older.name, { logLevel: 3 });
  const writes = testEnv.client.calls
    .slice(length)
    .filter((call) => !/^get |^(create|patch) events|^patch \S*deployments /.test(call));
  expect(writes).toEqual([]);
});
