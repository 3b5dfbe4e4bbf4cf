import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ai100Definitions, aidaptivCacheNodes, customResourceDefinitions } from '@rackwright/api';
import { silentLogger, systemClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { isKubeError, type KubeClient, resources } from '@rackwright/kube';
import { FailingFiles, SimulatedHost } from '@rackwright/simulator';
import { type TemporaryFolder, temporaryFolder, waitUntil } from '@rackwright/testbed/without-nodes';
import { pruneAll } from './prune.ts';
import { account, DiscoveryEnvironment } from './testing/discovery-environment.ts';

let testEnv: DiscoveryEnvironment;
let folder: TemporaryFolder;
beforeAll(async () => {
  testEnv = await DiscoveryEnvironment.start();
  folder = await temporaryFolder('rwnd-');
}, 120_000);
afterAll(async () => {
  await testEnv?.[Symbol.asyncDispose]();
  await folder?.[Symbol.asyncDispose]();
});

const ofNic = {
  'phison.com/cxi.present': 'true',
  'phison.com/cxi.count': '1',
  'feature.node.kubernetes.io/pci-17db.present': 'true',
};
const ofDisk = { 'phison.com/ai100-present': 'true', 'phison.com/ai100.count': '1' };

function host(node: string): Promise<SimulatedHost> {
  return SimulatedHost.create(join(folder.path, node), {
    ...{ nics: [{ generation: 1 }], cxiRh: false, libraries: false },
    nvme: [{}],
  });
}

describe('a node with a NIC and a disk', () => {
  const node = 'n1';
  const foreign = { 'example.com/rack': 'r1', 'phison.com/ai100.deploy': 'false' };
  const nfd = 'feature.node.kubernetes.io/pci-1987.present';
  let agent: KubeClient;
  let files: HostFiles;
  let publish: () => Promise<void>;
  beforeAll(async () => {
    await testEnv.node(node, foreign);
    // Node Feature Discovery owns one label that says the same.
    await testEnv.admin.patch(
      resources.nodes,
      { name: node },
      { metadata: { labels: { [nfd]: 'true' } } },
      { strategy: 'merge', fieldManager: 'nfd-master' },
    );
    files = new HostFiles((await host(node)).root);
    agent = await testEnv.agent(node);
    publish = testEnv.publisher(node, agent, files);
  });

  test('is labelled, and keeps the labels of others', async () => {
    await publish();
    expect(await testEnv.labels(node)).toMatchObject({ ...foreign, ...ofNic, ...ofDisk, [nfd]: 'true' });
  });

  test('keeps them while five looks give EIO, in which nothing is written', async () => {
    const before = await testEnv.stored(node);
    const failing = new FailingFiles(files, (path) => (path.startsWith('/sys/') ? 'EIO' : undefined));
    const blind = testEnv.publisher(node, agent, failing);
    await blind();
    const { length } = await testEnv.requests();
    for (let i = 0; i < 5; i++) await blind();
    expect((await testEnv.requests()).slice(length).map(({ verb }) => verb)).toEqual(
      new Array(5).fill('get'),
    );
    expect((await testEnv.stored(node)).metadata?.labels).toEqual(before.metadata?.labels);
  });

  test('writes nothing while nothing changes', async () => {
    const { metadata: before } = await testEnv.stored(node);
    for (let i = 0; i < 3; i++) await publish();
    expect((await testEnv.stored(node)).metadata?.resourceVersion).toBe(before?.resourceVersion);
  });

  test('loses the labels of the disk after the third look without it; what others share stays', async () => {
    const hidden = new FailingFiles(files, () => undefined);
    // A disk that is gone: the kernel has no entry any more.
    const list = hidden.list.bind(hidden);
    hidden.list = (path) => list(path).filter((name) => !name.startsWith('nvme') && !isDisk(path, name));
    const pulled = testEnv.publisher(node, agent, hidden);
    for (let i = 0; i < 2; i++) {
      await pulled();
      expect(await testEnv.labels(node)).toMatchObject(ofDisk);
    }
    await pulled();
    const labels = await testEnv.labels(node);
    expect(Object.keys(labels).filter((key) => key.includes('ai100'))).toEqual(['phison.com/ai100.deploy']);
    expect(labels).toMatchObject({ ...foreign, ...ofNic, [nfd]: 'true' });
  });

  /** The PCI function of the disk goes with it. */
  function isDisk(path: string, address: string): boolean {
    return path === '/sys/bus/pci/devices' && files.readTrimmed(`${path}/${address}/vendor`) === '0x1987';
  }
});

test('the label of AI100 disks outlives disks that are gone, while their cache is still there', async () => {
  const node = 'cached';
  const heartbeat = { heartbeatTime: new Date().toISOString() };
  const report = (status: object) =>
    testEnv.admin.patch(
      aidaptivCacheNodes,
      { name: node },
      { status },
      {
        ...{ strategy: 'merge', subresource: 'status' },
      },
    );
  for (const crd of customResourceDefinitions(ai100Definitions))
    await testEnv.admin.create(resources.customResourceDefinitions, crd);
  await waitUntil(
    'the kind',
    () =>
      testEnv.admin.create(aidaptivCacheNodes, { metadata: { name: node } }).then(
        () => true,
        () => false,
      ),
    { clock: systemClock, deadlineMs: 30_000 },
  );
  await testEnv.node(node);
  const agent = await testEnv.agent(node);
  const files = new HostFiles((await host(node)).root);
  await testEnv.publisher(node, agent, files)();
  const empty = new HostFiles(
    (await SimulatedHost.create(join(folder.path, 'emptied'), { nics: [{ generation: 1 }], cxiRh: false }))
      .root,
  );
  const publish = testEnv.publisher(node, agent, empty);
  const ofDisks = async () =>
    Object.keys(await testEnv.labels(node)).filter((key) => key.startsWith('phison.com/ai100'));
  await report({ ...heartbeat, cache: { state: 'Lost', mounted: false } });
  for (let i = 0; i < 4; i++) await publish();
  expect(await ofDisks()).toEqual(['phison.com/ai100-present']);
  await report({ ...heartbeat, cache: { state: 'Pending', mounted: false } });
  await publish();
  expect(await ofDisks()).toEqual([]);
});

test('with the rights of an older release the label of AI100 disks stays, and the others are published', async () => {
  const node = 'older-rights';
  await testEnv.node(node);
  const agent = await testEnv.agent(node);
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  await testEnv.publisher(node, agent, new HostFiles((await host(node)).root))();
  const role = await testEnv.admin.get(resources.clusterRoles, { name: account.name });
  const older = (role.rules ?? []).filter(({ resources: kinds }) => !kinds?.includes('aidaptivcachenodes'));
  await testEnv.setRules(older);
  const isForbidden = () =>
    agent.get(aidaptivCacheNodes, { name: node }).then(
      () => false,
      (error: unknown) => isKubeError(error, 403),
    );
  await waitUntil('the role', isForbidden, { clock: systemClock, deadlineMs: 30_000 });
  const empty = new HostFiles(
    (await SimulatedHost.create(join(folder.path, 'older-empty'), { cxiRh: false })).root,
  );
  const publish = testEnv.publisher(node, agent, empty, { logger });
  for (let i = 0; i < 5; i++) await publish();
  await testEnv.setRules(role.rules ?? []);
  const { 'phison.com/ai100-present': present, ...others } = await testEnv.labels(node);
  expect({ present, others }).toEqual({ present: 'true', others: {} });
  expect(warnings).toEqual([expect.stringContaining('the label of the AI100 drives stays')]);
});

test('a restart of the agents on 200 hosts removes no label', async () => {
  const nodes = Array.from({ length: 200 }, (_, i) => `restarted-${i}`);
  const files = new HostFiles((await host('restarted')).root);
  const agents = new Map<string, KubeClient>();
  for (const node of nodes) {
    await testEnv.node(node);
    agents.set(node, await testEnv.agent(node));
  }
  const started = () =>
    Promise.all([...agents].map(([node, client]) => testEnv.publisher(node, client, files)()));
  await started();
  const { items, resourceVersion } = await testEnv.admin.list(resources.nodes);
  const before = new Map(items.map((item) => [item.metadata?.name ?? '', item.metadata?.labels ?? {}]));
  expect(before.get('restarted-199')).toMatchObject({ ...ofNic, ...ofDisk });
  const asked = (await testEnv.requests()).length;

  const end = new AbortController();
  const lost: string[] = [];
  const watching = (async () => {
    for await (const { object } of testEnv.admin.watch(resources.nodes, {
      resourceVersion,
      signal: end.signal,
    })) {
      const { name = '', labels = {} } = object.metadata ?? {};
      for (const key of Object.keys(before.get(name) ?? {}))
        if (!(key in labels)) lost.push(`${name} ${key}`);
      if (name === 'last') return;
    }
  })();
  await started();
  // What the watch tells comes in order: with this Node all of the above was told.
  await testEnv.node('last');
  await watching;
  end.abort();
  expect(lost).toEqual([]);
  for (const node of nodes) expect(await testEnv.labels(node)).toEqual(before.get(node));
  const writes = (await testEnv.requests()).slice(asked).filter(({ verb }) => verb === 'patch');
  expect(writes.map(({ name = '' }) => name).sort()).toEqual([...nodes].sort());
  expect(writes.filter(({ code }) => code !== 200)).toEqual([]);
}, 180_000);

describe('what an agent may not write', () => {
  let agent: KubeClient;
  beforeAll(async () => {
    await testEnv.node('confined', { 'example.com/rack': 'r1' });
    agent = await testEnv.agent('confined');
  });

  test.each([
    ['another label', { labels: { 'example.com/rack': 'r2' } }, 'metadata.labels[example.com/rack]'],
    ['a label of the operator', { labels: { 'phison.com/ai100.health': 'healthy' } }, 'ai100.health'],
    ['the switch of the administrator', { labels: { 'phison.com/ai100.deploy': 'true' } }, 'ai100.deploy'],
    [
      'a label that only looks like one of PCI',
      { labels: { 'feature.node.kubernetes.io/pci-x.present': 'true' } },
      'pci-x',
    ],
    ['another annotation', { annotations: { 'example.com/a': 'b' } }, 'metadata.annotations[example.com/a]'],
    ['a finalizer', { finalizers: ['example.com/f'] }, 'metadata.finalizers'],
  ])('is %s', async (_, metadata, field) => {
    const writing = agent.patch(resources.nodes, { name: 'confined' }, { metadata }, { strategy: 'merge' });
    await expect(writing).rejects.toMatchObject({ status: 422, message: expect.stringContaining(field) });
  });

  test('is another Node', async () => {
    const patch = { metadata: { labels: ofNic } };
    await expect(
      agent.patch(resources.nodes, { name: 'nobodys' }, patch, { strategy: 'merge' }),
    ).rejects.toMatchObject({ status: 422, message: expect.stringContaining('no Node but confined') });
  });
});

test('the removal waits for the pods, then takes everything of ours away and nothing of others', async () => {
  const shared = 'feature.node.kubernetes.io/pci-17db.present';
  await testEnv.node('removed', { 'example.com/rack': 'r1', [shared]: 'true' });
  const agent = await testEnv.agent('removed');
  await testEnv.publisher('removed', agent, new HostFiles((await host('removed')).root))();
  expect(await testEnv.labels('removed')).toMatchObject({ ...ofNic, ...ofDisk });
  const { admin: client } = testEnv;
  const options = { client, clock: systemClock, logger: silentLogger, signal: new AbortController().signal };
  const after = { namespace: account.namespace, labelSelector: '' };
  await expect(pruneAll({ ...options, after, timeoutMs: 0 })).rejects.toThrow(
    /pods that write the labels are still there: agent-/,
  );
  expect(await testEnv.labels('removed')).toMatchObject(ofNic);
  expect(await pruneAll({ ...options, timeoutMs: 0 })).toBeGreaterThan(1);
  const { metadata } = await testEnv.stored('removed');
  expect(metadata?.labels).toEqual({ 'example.com/rack': 'r1', [shared]: 'true' });
  expect(metadata?.annotations ?? {}).toEqual({});
  expect(await pruneAll({ ...options, timeoutMs: 0 })).toBe(0);
});

describe('persistent memory as a resource', () => {
  const node = 'memory';
  const resource = 'phison.com/pmem-gb';
  const cpu = { cpu: '8' };
  const tellsResources = { tellsResources: true };
  let agent: KubeClient;
  let files: HostFiles;
  const capacity = async () => (await testEnv.stored(node)).status?.capacity;
  beforeAll(async () => {
    await testEnv.node(node);
    const status = { status: { capacity: cpu, allocatable: cpu } };
    await testEnv.admin.patch(resources.nodes, { name: node }, status, {
      ...{ strategy: 'merge', subresource: 'status' },
    });
    agent = await testEnv.agent(node);
    const spec = { pmem: [{ namespaces: [{}] }], cxiRh: false, libraries: false };
    files = new HostFiles((await SimulatedHost.create(join(folder.path, node), spec)).root);
  });

  test('is not told unless asked for, and needs a right of its own', async () => {
    await testEnv.publisher(node, agent, files)();
    expect(await capacity()).toEqual(cpu);
    const asking = testEnv.publisher(node, agent, files, tellsResources)();
    await expect(asking).rejects.toMatchObject({ status: 403 });
  });

  test('is told once asked for, says what the label says, and is not written again', async () => {
    await testEnv.upgrade('pmem.resource=true');
    const publish = testEnv.publisher(node, agent, files, tellsResources);
    const told = () =>
      publish().then(
        () => true,
        () => false,
      );
    await waitUntil('the role', told, { clock: systemClock, deadlineMs: 30_000 });
    const gigabytes = (await testEnv.labels(node))['phison.com/pmem.capacity-gb'];
    expect(Number(gigabytes)).toBeGreaterThan(0);
    expect(await capacity()).toEqual({ ...cpu, [resource]: gigabytes });
    const before = (await testEnv.stored(node)).metadata?.resourceVersion;
    await publish();
    expect((await testEnv.stored(node)).metadata?.resourceVersion).toBe(before);
  });

  test.each([
    ['another resource', { capacity: { cpu: '9' } }, 'status.capacity[cpu]'],
    ['what is allocatable', { allocatable: { [resource]: '9' } }, 'status.allocatable'],
    ['a condition', { conditions: [{ type: 'Ready', status: 'False' }] }, 'status.conditions'],
  ])('does not let the agent write %s', async (_, status, field) => {
    const options = { strategy: 'merge', subresource: 'status' } as const;
    const writing = agent.patch(resources.nodes, { name: node }, { status }, options);
    await expect(writing).rejects.toMatchObject({ status: 422, message: expect.stringContaining(field) });
  });

  test('goes with its label, after the third look without the memory', async () => {
    const empty = new HostFiles((await host('without-memory')).root);
    const publish = testEnv.publisher(node, agent, empty, tellsResources);
    for (let i = 0; i < 2; i++) {
      await publish();
      expect(Object.keys((await capacity()) ?? {})).toContain(resource);
    }
    await publish();
    expect(await capacity()).toEqual(cpu);
  });

  test('is taken away with the labels', async () => {
    await testEnv.publisher(node, agent, files, tellsResources)();
    expect(Object.keys((await capacity()) ?? {})).toContain(resource);
    const { admin: client } = testEnv;
    const { signal } = new AbortController();
    await pruneAll({ client, clock: systemClock, logger: silentLogger, signal, timeoutMs: 0 });
    expect(await capacity()).toEqual(cpu);
  });
});
