import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cxiDevices } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { fixedConnection, KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed';

const namespace = 'slingshot-system';
const account = 'cxi-driver-agent';
const config = fileURLToPath(new URL('../../../../config/', import.meta.url));
const clock = systemClock;

let plane: ControlPlane;
let admin: KubeClient;
/** A driver agent on node `worker`, with the token of its pod. */
let agent: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
  await plane.kubectl('apply', '--server-side', '-f', `${config}crd/bases`);
  await plane.kubectl('wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all');
  const applied = await plane.kubectl('apply', '--server-side', '-k', `${config}default`);
  expect(applied).toMatchObject({ code: 0 });
  for (const name of ['worker', 'worker-2']) {
    const metadata = { name, labels: { zone: 'a' } };
    await admin.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata });
  }
  await createAgentAccount();
  agent = agentClient(await podToken());
  await policyIsInForce();
}, 120_000);

afterAll(async () => {
  await agent?.[Symbol.asyncDispose]();
  await admin?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

async function createAgentAccount(): Promise<void> {
  const metadata = { name: account, namespace };
  await admin.create(resources.serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await admin.create(resources.clusterRoleBindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: account },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'slingshot-operator-driver-agent',
    },
    subjects: [{ kind: 'ServiceAccount', ...metadata }],
  });
}

async function podToken(): Promise<string> {
  const metadata = { name: 'agent', namespace };
  const containers = [{ name: 'a', image: 'registry.test/a' }];
  const spec = { serviceAccountName: account, nodeName: 'worker', containers };
  const pod = await admin.create(resources.pods, { apiVersion: 'v1', kind: 'Pod', metadata, spec });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'agent', uid: pod.metadata?.uid ?? '' };
  return (await admin.createToken({ namespace, name: account }, { boundObjectRef })).token;
}

function agentClient(token: string): KubeClient {
  const connection = fixedConnection({ server: plane.server, ca: plane.ca, token });
  return new KubeClient({ connection, clock, userAgent: 'agent' });
}

/** The API server takes a moment to compile a new policy. */
async function policyIsInForce(): Promise<void> {
  await waitUntil(
    'the policy',
    () =>
      labelNode('worker-2', { 'slingshot.hpe.com/x': 'y' }).then(
        () => false,
        () => true,
      ),
    {
      clock,
      deadlineMs: 30_000,
    },
  );
}

function labelNode(name: string, labels: Record<string, string>) {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } };
  return agent.apply(resources.nodes, node, { fieldManager: 'agent' });
}

function writeDevice(name: string, node: string, client = agent) {
  const labels = { 'slingshot.hpe.com/node': node, 'slingshot.hpe.com/device': 'cxi0' };
  const device = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', metadata: { name, labels } };
  return client.apply(cxiDevices, device, { fieldManager: 'agent' });
}

function writeStatus(name: string, node: string) {
  const metadata = { name };
  const device = {
    apiVersion: 'cxi.hpe.com/v1',
    kind: 'CXIDevice',
    metadata,
    status: { node, type: 'pf' as const },
  };
  return agent.apply(cxiDevices, device, { fieldManager: 'agent', subresource: 'status' });
}

const forbidden = (text: string) => ({ status: 422, message: expect.stringContaining(text) });

describe('a driver agent may', () => {
  test('label its own node and set its conditions', async () => {
    const labels = { 'slingshot.hpe.com/cxi-present': 'true' };
    await expect(labelNode('worker', labels)).resolves.toMatchObject({
      metadata: { labels: { zone: 'a', ...labels } },
    });
    await labelNode('worker', {});
    const conditions = [{ type: 'SlingshotRebootRequired', status: 'False' as const }];
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'worker' }, status: { conditions } };
    await agent.apply(resources.nodes, node, { fieldManager: 'agent', subresource: 'status' });
  });

  test('create, report and delete the CXIDevices of its node', async () => {
    await writeDevice('worker-cxi0', 'worker');
    await writeStatus('worker-cxi0', 'worker');
    await agent.delete(cxiDevices, { name: 'worker-cxi0' });
  });
});

describe('a driver agent may not', () => {
  test('touch another node', async () => {
    await expect(labelNode('worker-2', { 'slingshot.hpe.com/x': 'y' })).rejects.toMatchObject(
      forbidden('may write no Node but worker'),
    );
  });

  test('give its node labels of others, or change them', async () => {
    const message = 'no labels of its Node but those under slingshot.hpe.com/';
    await expect(labelNode('worker', { pool: 'gpu' })).rejects.toMatchObject(forbidden(message));
    await expect(labelNode('worker', { zone: 'b' })).rejects.toMatchObject(forbidden(message));
  });

  test('take taints off its node', async () => {
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'worker' },
      spec: { unschedulable: true },
    };
    await expect(agent.apply(resources.nodes, node, { fieldManager: 'agent' })).rejects.toMatchObject(
      forbidden('may not change the spec'),
    );
  });

  test.each([
    ['worker-2-cxi0', 'worker-2', 'named worker-cxiN'],
    ['worker-2-cxi0', 'worker', 'named worker-cxiN'],
    ['other', 'worker', 'named worker-cxiN'],
    ['worker-cxi0', 'worker-2', 'label slingshot.hpe.com/node=worker'],
  ])('write the CXIDevice %s labelled %s', async (name, node, message) => {
    await expect(writeDevice(name, node)).rejects.toMatchObject(forbidden(message));
  });

  test('report a NIC of its own as another node’s', async () => {
    await writeDevice('worker-cxi1', 'worker');
    await expect(writeStatus('worker-cxi1', 'worker-2')).rejects.toMatchObject(
      forbidden('status.node worker'),
    );
  });

  test('delete the CXIDevice of another node', async () => {
    await writeDevice('worker-2-cxi0', 'worker-2', admin);
    await expect(agent.delete(cxiDevices, { name: 'worker-2-cxi0' })).rejects.toMatchObject(
      forbidden('named worker-cxiN'),
    );
  });

  test('write anything with a token that names no node', async () => {
    await using stranger = agentClient((await admin.createToken({ namespace, name: account }, {})).token);
    await expect(writeDevice('worker-cxi2', 'worker', stranger)).rejects.toMatchObject(
      forbidden('token of its own pod'),
    );
  });
});

test('nobody else is held up by the policy', async () => {
  const metadata = { name: 'worker-2', labels: { pool: 'gpu' } };
  await admin.apply(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata }, { fieldManager: 'admin' });
});
