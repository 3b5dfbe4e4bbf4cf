import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cxiDevices } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { KubeClient, type KubeObject, type ObjectMeta, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';

const own = 'slingshot-system';
const elsewhere = 'kube-public';
const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
const clock = systemClock;
const fieldManager = 'operator';

let plane: ControlPlane;
let admin: KubeClient;
let operator: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
  await plane.kubectl('apply', '--server-side', '-f', `${config}crd/bases`);
  expect(await plane.kubectl('apply', '--server-side', '-k', `${config}default`)).toMatchObject({ code: 0 });
  const connection = await plane.serviceAccount({ namespace: own, name: 'slingshot-operator' });
  operator = new KubeClient({ connection, clock, userAgent: 'operator' });
  // The API server takes a moment to compile a new policy.
  const refused = () =>
    apply(operator, { kind: 'ServiceAccount', metadata: { name: 'stranger', namespace: elsewhere } }).then(
      () => false,
      () => true,
    );
  await waitUntil('the policy', refused, { clock, deadlineMs: 30_000 });
}, 120_000);

afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  await admin?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

function apply(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  const type = object.kind === 'DaemonSet' ? resources.daemonSets : resources.serviceAccounts;
  return client.apply<KubeObject>(type, object, { fieldManager });
}

/** Marks of what an operator makes for a CXIDriver. */
function ofDriver(name: string, namespace: string): ObjectMeta {
  const owner = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', name: 'cxi', uid: 'uid-1' };
  const labels = { 'app.kubernetes.io/managed-by': 'slingshot-operator' };
  return { name, namespace, labels, ownerReferences: [owner] };
}

function daemonSet(metadata: ObjectMeta, serviceAccountName = metadata.name): KubeObject {
  const labels = { app: 'a' };
  const containers = [{ name: 'a', image: 'registry.test/a' }];
  const template = { metadata: { labels }, spec: { serviceAccountName, containers } };
  const spec = { selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, ...{ spec } };
}

const account = (metadata: ObjectMeta): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata,
});
const refusal = (text: string) => ({ status: 422, message: expect.stringContaining(text) });

describe('the operator may', () => {
  test('write agents of CXIDrivers in another namespace, and take them away', async () => {
    const metadata = ofDriver('cxi-retry-handler', elsewhere);
    await apply(operator, account(metadata));
    await apply(operator, daemonSet(metadata));
    await apply(operator, daemonSet({ ...metadata, annotations: { changed: 'yes' } }));
    const key = { namespace: elsewhere, name: 'cxi-retry-handler' };
    await operator.delete(resources.daemonSets, key, { propagationPolicy: 'Foreground' });
    await operator.delete(resources.serviceAccounts, key);
  });

  test('write what it likes in its own namespace', async () => {
    await apply(operator, account({ name: 'anything', namespace: own }));
  });
});

describe('outside of its namespace the operator may not', () => {
  const marks = ofDriver('x', elsewhere);

  test.each([
    ['carries no label', { ...marks, labels: {} }],
    ['carries the label of others', { ...marks, labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['belongs to no CXIDriver', { ...marks, ownerReferences: [] }],
    [
      'belongs to something else',
      { ...marks, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }] },
    ],
  ])('make what %s', async (_, metadata) => {
    const message = refusal('may write only what belongs to the agents of a CXIDriver');
    await expect(apply(operator, account(metadata))).rejects.toMatchObject(message);
    await expect(apply(operator, daemonSet(metadata))).rejects.toMatchObject(message);
  });

  test('change or delete what belongs to others, be it by marking it as its own', async () => {
    const message = refusal('may change only what belonged to the agents of a CXIDriver');
    const foreign = { name: 'foreign', namespace: elsewhere };
    await apply(admin, account(foreign));
    await apply(admin, daemonSet(foreign));
    for (const make of [account, daemonSet])
      await expect(apply(operator, make({ ...marks, name: 'foreign' }))).rejects.toMatchObject(message);
    await expect(operator.delete(resources.daemonSets, foreign)).rejects.toMatchObject(message);
    await expect(operator.delete(resources.serviceAccounts, foreign)).rejects.toMatchObject(message);
  });

  test('run agents under the account of somebody else', async () => {
    await expect(apply(operator, daemonSet(marks, 'default'))).rejects.toMatchObject(
      refusal("may run agents under no account but the agents' own"),
    );
  });
});

test('nobody else is held up by the policy', async () => {
  await apply(admin, account({ name: 'somebody', namespace: elsewhere }));
});

describe('of a Node the operator', () => {
  const key = { name: 'worker' };
  const own = { 'slingshot.hpe.com/cxi-present': 'true' };
  beforeAll(async () => {
    await admin.create(resources.nodes, { metadata: { ...key, labels: { zone: 'a' } } });
    await admin.apply(resources.nodes, { metadata: { ...key, labels: own } }, { fieldManager: 'agent' });
  });

  test('may take back what driver agents wrote', async () => {
    const left = await operator.apply(resources.nodes, { metadata: key }, { fieldManager: 'agent' });
    expect(left.metadata?.labels).toEqual({ zone: 'a' });
    await operator.apply(
      resources.nodes,
      { metadata: key },
      { fieldManager: 'agent', subresource: 'status' },
    );
  });

  test.each([
    [{ metadata: { labels: { zone: null } } }, 'metadata.labels[zone]'],
    [{ metadata: { finalizers: ['a/b'] } }, 'metadata.finalizers'],
    [{ spec: { unschedulable: true } }, 'spec.unschedulable'],
  ])('may not write %j', async (patch, field) => {
    const writing = operator.patch(resources.nodes, key, patch, { strategy: 'merge' });
    await expect(writing).rejects.toMatchObject({ status: 422, message: expect.stringContaining(field) });
  });

  test('may not change the status', async () => {
    const patch = { status: { capacity: { cpu: '64' } } };
    const options = { strategy: 'merge', subresource: 'status' } as const;
    await expect(operator.patch(resources.nodes, key, patch, options)).rejects.toMatchObject({
      message: expect.stringContaining('status.capacity'),
    });
  });
});

test('of a CXIDevice the operator may write the status, and delete it', async () => {
  const object = { metadata: { name: 'worker-cxi0' } };
  await admin.create(cxiDevices, object);
  const status = { type: 'pf' as const, health: { status: 'Unknown' as const } };
  await operator.apply(cxiDevices, { ...object, status }, { fieldManager, subresource: 'status' });
  await operator.delete(cxiDevices, object.metadata);
});
