import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CxiDeviceObject, cxiDeviceName, cxiDevices, nodeLabelValue } from '@rackwright/api';
import { type Event, type KubeClient, resources } from '@rackwright/kube';
import { PolicyEnvironment } from '../../testing/policy-environment.ts';

/** Two that differ behind the part that fits into a label, and two behind what fits into an object name. */
const longNames = ['a', 'b'].map((end) => `${'n'.repeat(67)}${end}`) as [string, string];
const longestNames = ['a', 'b'].map((end) => `${'n'.repeat(63)}.`.repeat(3) + 'n'.repeat(60) + end) as [
  string,
  string,
];

let testEnv: PolicyEnvironment;
/** A driver agent on node `worker`, with the token of its pod. */
let agent: KubeClient;

beforeAll(async () => {
  testEnv = await PolicyEnvironment.start();
  agent = await testEnv.agent('worker');
}, 120_000);

afterAll(async () => await testEnv?.[Symbol.asyncDispose]());

const refused = (text: string) => ({ status: 422, message: expect.stringContaining(text) });
const fieldManager = 'agent';
const uid = '7b2f5c0e-0000-4000-8000-000000000000';

function device(node: string, name = 'cxi0'): CxiDeviceObject {
  return {
    metadata: {
      name: cxiDeviceName(node, name),
      labels: { 'slingshot.hpe.com/node': nodeLabelValue(node), 'slingshot.hpe.com/device': name },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: node, uid }],
    },
  };
}

function withMetadata(
  more: NonNullable<CxiDeviceObject['metadata']>,
  node = 'worker',
  name = 'cxi0',
): CxiDeviceObject {
  const object = device(node, name);
  return { ...object, metadata: { ...object.metadata, ...more } };
}

async function report(client: KubeClient, name: string, node: string): Promise<CxiDeviceObject> {
  const object: CxiDeviceObject = { metadata: { name }, status: { node, type: 'pf' } };
  return await client.apply(cxiDevices, object, { fieldManager, subresource: 'status' });
}

/** What an agent does with a CXIDevice in its life. */
async function publish(client: KubeClient, node: string): Promise<void> {
  const object = device(node);
  const name = object.metadata?.name ?? '';
  await client.apply(cxiDevices, object, { fieldManager });
  await report(client, name, node);
  await client.patch(
    cxiDevices,
    { name },
    { status: { netdev: null } },
    { strategy: 'merge', subresource: 'status' },
  );
  // The Node was made anew.
  const owner = { apiVersion: 'v1', kind: 'Node', name: node, uid: uid.replace('7', '8') };
  await client.apply(
    cxiDevices,
    { metadata: { ...object.metadata, ownerReferences: [owner] } },
    { fieldManager },
  );
  await client.delete(cxiDevices, { name });
}

describe('a driver agent may make, report, hand to a new Node and delete the CXIDevices of its node', () => {
  test('worker', async () => await publish(agent, 'worker'));

  test('whose name has 68 characters', async () => {
    await publish(await testEnv.agent(longNames[0]), longNames[0]);
  });

  test('whose name has 253 characters', async () => {
    await publish(await testEnv.agent(longestNames[0]), longestNames[0]);
  });
});

describe('a driver agent may not make a CXIDevice', () => {
  test.each<[string, CxiDeviceObject, string]>([
    ['of another node', device('worker-2'), 'named worker-cxiN'],
    ['of another name', withMetadata({ name: 'other' }), 'named worker-cxiN'],
    ['of a name that begins like its node’s', withMetadata({ name: 'workercxi0' }), 'named worker-cxiN'],
    ['with a generated name', withMetadata({ generateName: 'worker-cxi0' }), 'metadata.generateName'],
    [
      'labelled as another node’s',
      withMetadata({
        labels: { ...device('worker').metadata?.labels, 'slingshot.hpe.com/node': 'worker-2' },
      }),
      'label slingshot.hpe.com/node for worker',
    ],
    [
      'labelled as another device',
      withMetadata({ labels: { ...device('worker').metadata?.labels, 'slingshot.hpe.com/device': 'cxi1' } }),
      'label slingshot.hpe.com/device',
    ],
    ['without labels', withMetadata({ labels: {} }), 'label slingshot.hpe.com/node'],
    [
      'with a label of its own invention',
      withMetadata({ labels: { ...device('worker').metadata?.labels, a: 'b' } }),
      'metadata.labels[a]',
    ],
    ['with an annotation', withMetadata({ annotations: { a: 'b' } }), 'metadata.annotations'],
    ['with a finalizer', withMetadata({ finalizers: ['example.com/x'] }), 'metadata.finalizers'],
    [
      'that another node owns',
      withMetadata({ ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'worker-2', uid }] }),
      'metadata.ownerReferences',
    ],
    [
      'that is owned by something else',
      withMetadata({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'worker', uid }] }),
      'metadata.ownerReferences',
    ],
    [
      'that keeps its Node from ending',
      withMetadata({
        ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'worker', uid, blockOwnerDeletion: true }],
      }),
      'metadata.ownerReferences',
    ],
  ])('%s', async (_, object, message) => {
    await expect(agent.create(cxiDevices, object)).rejects.toMatchObject(refused(message));
    await expect(agent.apply(cxiDevices, object, { fieldManager })).rejects.toMatchObject(refused(message));
  });

  test('with a token that names no node', async () => {
    const stranger = await testEnv.stranger();
    await expect(stranger.create(cxiDevices, device('worker'))).rejects.toMatchObject(
      refused('token of its own pod'),
    );
  });
});

describe('of a CXIDevice of its node a driver agent may not change', () => {
  beforeAll(async () => {
    const object = withMetadata(
      { annotations: { note: 'a' }, finalizers: ['example.com/hold'] },
      'worker',
      'cxi5',
    );
    const labels = { ...object.metadata?.labels, team: 'a' };
    await testEnv.admin.create(cxiDevices, { ...object, metadata: { ...object.metadata, labels } });
  });

  test.each<[string, object, string]>([
    ['an annotation', { metadata: { annotations: { note: 'b' } } }, 'metadata.annotations'],
    ['annotations to none', { metadata: { annotations: null } }, 'metadata.annotations'],
    ['finalizers', { metadata: { finalizers: ['a/b'] } }, 'metadata.finalizers'],
    ['finalizers to none', { metadata: { finalizers: null } }, 'metadata.finalizers'],
    ['a label of somebody', { metadata: { labels: { team: 'b' } } }, 'metadata.labels[team]'],
    ['a label of somebody to none', { metadata: { labels: { team: null } } }, 'metadata.labels[team]'],
    [
      'its own label to none',
      { metadata: { labels: { 'slingshot.hpe.com/node': null } } },
      'label slingshot.hpe.com/node',
    ],
    [
      'its owner to another',
      { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'worker-2', uid }] } },
      'metadata.ownerReferences',
    ],
  ])('%s', async (_, patch, message) => {
    const key = { name: 'worker-cxi5' };
    for (const subresource of [undefined, 'status'] as const) {
      const old = await testEnv.admin.get(cxiDevices, key);
      const options = { strategy: 'merge', ...(subresource && { subresource }) } as const;
      const outcome = await agent.patch(cxiDevices, key, patch, options).then(
        () => 'accepted',
        (error: unknown) => error,
      );
      // What does not belong to the subresource is left out by the server itself.
      if (outcome === 'accepted') expect(await testEnv.admin.get(cxiDevices, key)).toEqual(old);
      else expect(outcome).toMatchObject(refused(message));
      if (subresource === undefined) expect(outcome).not.toBe('accepted');
    }
  });

  test('the node it reports', async () => {
    await expect(report(agent, 'worker-cxi5', 'worker-2')).rejects.toMatchObject(
      refused('status.node worker'),
    );
  });
});

test('a driver agent may not delete or report the CXIDevice of another node', async () => {
  await testEnv.admin.create(cxiDevices, device('worker-2'));
  const deleting = agent.delete(cxiDevices, { name: 'worker-2-cxi0' });
  await expect(deleting).rejects.toMatchObject(refused('named worker-cxiN'));
  await expect(report(agent, 'worker-2-cxi0', 'worker')).rejects.toMatchObject(refused('named worker-cxiN'));
});

test('of two nodes whose long names begin alike neither writes what the other’s Node owns', async () => {
  const [mine, other] = longestNames;
  const name = cxiDeviceName(other, 'cxi0');
  const client = await testEnv.agent(mine);
  await testEnv.admin.create(cxiDevices, device(other));
  await expect(client.delete(cxiDevices, { name })).rejects.toMatchObject(refused('its Node owns'));
  await expect(report(client, name, mine)).rejects.toMatchObject(refused('its Node owns'));
  await expect(client.create(cxiDevices, device(other, 'cxi1'))).rejects.toMatchObject(
    refused('its Node owns'),
  );
});

describe('events', () => {
  const event = (name: string, more: Partial<Event> = {}): Event => ({
    metadata: { name, namespace: 'default' },
    eventTime: '2026-01-01T00:00:00.000000Z',
    type: 'Normal',
    reason: 'DriverReady',
    action: 'DriverReady',
    note: 'text',
    regarding: { apiVersion: 'v1', kind: 'Node', name: 'worker' },
    reportingController: 'driver-agent',
    reportingInstance: 'worker',
    ...more,
  });
  const series = { series: { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' } };
  const merge = { strategy: 'merge' } as const;

  test('about its Node and its CXIDevices a driver agent may write, and count', async () => {
    await agent.create(resources.events, event('own-1'));
    const regarding = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDevice', name: 'worker-cxi0' };
    await agent.create(resources.events, event('own-2', { regarding }));
    await agent.patch(resources.events, { namespace: 'default', name: 'own-2' }, series, merge);
  });

  test.each<[string, Partial<Event>, string]>([
    ['in the name of another', { reportingController: 'kubelet' }, 'reportingController'],
    ['in the name of another node', { reportingInstance: 'worker-2' }, 'reportingInstance'],
    ['about another node', { regarding: { apiVersion: 'v1', kind: 'Node', name: 'worker-2' } }, 'regarding'],
    [
      'about something else',
      { regarding: { apiVersion: 'v1', kind: 'Secret', name: 'worker' } },
      'regarding',
    ],
    [
      'that is held',
      { metadata: { name: 'x', namespace: 'default', finalizers: ['a/b'] } },
      'metadata.finalizers',
    ],
  ])('%s it may not write', async (_, more, message) => {
    await expect(agent.create(resources.events, event('x', more))).rejects.toMatchObject(refused(message));
  });

  test('of others it may not change, nor anything but the count of its own', async () => {
    await testEnv.admin.create(resources.events, event('foreign', { reportingController: 'kubelet' }));
    const foreign = { namespace: 'default', name: 'foreign' };
    await expect(agent.patch(resources.events, foreign, series, merge)).rejects.toMatchObject(
      refused('reportingController'),
    );
    await agent.create(resources.events, event('own-3'));
    const own = { namespace: 'default', name: 'own-3' };
    const metadata = { metadata: { annotations: { a: 'b' } } };
    await expect(agent.patch(resources.events, own, metadata, merge)).rejects.toMatchObject(
      refused('metadata.annotations'),
    );
    await expect(agent.delete(resources.events, own)).rejects.toMatchObject(refused('no events but its own'));
  });
});
