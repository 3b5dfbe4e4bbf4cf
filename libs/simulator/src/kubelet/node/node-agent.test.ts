import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock, silentLogger } from '@rackwright/core';
import { KubeError, type Node } from '@rackwright/kube';
import type { DeviceManager } from '../devices/device-manager.ts';
import { defaultTimings } from '../options.ts';
import { ScriptedClient } from '../testing/scripted-client.ts';
import { NodeAgent } from './node-agent.ts';
import { NodeLease } from './node-lease.ts';

let clock: ManualClock;
let api: ScriptedClient;
let stop: AbortController;
let counts: Record<string, number>;
let isNew: boolean;
let done: Promise<void>;

const facts = {
  ...{ nodeName: 'n', nodeIp: '127.1.1.1', kubeletPort: 10_250, labels: { a: 'b' }, bootId: 'boot' },
  ...{ resources: { cpu: 4 }, kernelVersion: '6.1' },
};

beforeEach(() => {
  clock = new ManualClock();
  api = new ScriptedClient();
  stop = new AbortController();
  counts = {};
  isNew = false;
});

afterEach(async () => {
  stop.abort();
  await done;
});

function run(): NodeAgent {
  const devices = {
    capacity: () => ({ capacity: counts, allocatable: counts }),
    isNew: () => Promise.resolve(isNew),
  } as unknown as DeviceManager;
  const client = api.client;
  const agent = new NodeAgent({
    client,
    clock,
    logger: silentLogger,
    timings: defaultTimings,
    facts,
    devices,
  });
  done = agent.run(stop.signal);
  return agent;
}

function requests(): string[] {
  return api.asked.map(({ verb }) => verb);
}

/** What was asked for beside looking. */
function writes(): string[] {
  return requests().filter((verb) => verb !== 'get');
}

function lastStatus(): Node['status'] {
  return (api.asked.at(-1)?.body as Node | undefined)?.status;
}

test('the node is created, then reported only when something changed or five minutes have passed', async () => {
  run();
  await clock.advance(0);
  expect(api.asked[0]?.body).toMatchObject({
    metadata: { name: 'n', labels: { a: 'b' } },
    status: { capacity: { cpu: '4' } },
  });
  await clock.advance(60_000);
  const quiet = writes();
  counts = { 'x/y': 2 };
  await clock.advance(10_000);
  expect(writes()).toEqual([...quiet, 'patch']);
  expect(lastStatus()?.allocatable).toEqual({ cpu: '4', 'x/y': '2' });
  const before = writes().length;
  await clock.advance(290_000);
  expect(writes()).toHaveLength(before);
  await clock.advance(10_000);
  expect(writes()).toHaveLength(before + 1);
  expect(lastStatus()?.conditions?.at(-1)).toMatchObject({
    ...{ type: 'Ready', lastTransitionTime: '2026-01-01T00:00:00Z' },
    lastHeartbeatTime: '2026-01-01T00:06:10Z',
  });
});

test('a node that was called lost meanwhile is ready again with the next report', async () => {
  run();
  await clock.advance(0);
  const lost = { type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' };
  api.answer = ({ verb, body }) => (verb === 'get' ? { status: { conditions: [lost] } } : body);
  await clock.advance(10_000);
  expect(lastStatus()?.conditions?.at(-1)).toMatchObject({
    ...{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: '2026-01-01T00:00:10Z' },
  });
});

test('a status that cannot be sent is tried five times, and again after ten seconds', async () => {
  run();
  await clock.advance(0);
  counts = { 'x/y': 2 };
  api.answer = () => {
    throw new KubeError('Unavailable', 'away', { status: 0, reason: 'NoAnswer' });
  };
  const before = api.asked.length;
  await clock.advance(10_000);
  expect(requests().slice(before)).toEqual(['get', 'get', 'get', 'get', 'get']);
  api.answer = ({ body }) => body;
  await clock.advance(10_000);
  expect(requests().slice(before + 5)).toEqual(['get', 'patch']);
});

test('a resource whose plugin is gone for good is reported as none, not left out', async () => {
  counts = { 'x/y': 2 };
  run();
  await clock.advance(0);
  counts = {};
  await clock.advance(10_000);
  expect(lastStatus()).toMatchObject({ capacity: { 'x/y': '0' }, allocatable: { 'x/y': '0' } });
});

function exists(): void {
  api.answer = ({ verb, body }) => {
    if (verb === 'create')
      throw new KubeError('AlreadyExists', 'exists', { status: 409, reason: 'AlreadyExists' });
    if (verb === 'get')
      return { status: { capacity: { cpu: '4', 'x/old': '3' }, allocatable: { 'x/old': '3' } } };
    return body;
  };
}

test('a node that exists is taken over with its labels', async () => {
  exists();
  run();
  await clock.advance(0);
  expect(requests()).toEqual(['create', 'get', 'patch', 'get', 'patch']);
  expect(api.asked[2]?.body).toMatchObject({
    metadata: { labels: { a: 'b', 'kubernetes.io/hostname': 'n' } },
  });
  expect(lastStatus()?.capacity).toEqual({ cpu: '4' });
});

test('a kubelet that starts from nothing zeroes devices the node had before', async () => {
  isNew = true;
  exists();
  run();
  await clock.advance(0);
  expect(lastStatus()?.capacity).toEqual({ cpu: '4', 'x/old': '0' });
});

test('registration is tried again until it works', async () => {
  let failures = 3;
  api.answer = ({ body }) => {
    failures -= 1;
    if (failures >= 0) throw new KubeError('Unavailable', 'away', { status: 0, reason: 'NoAnswer' });
    return body;
  };
  const agent = run();
  expect(agent.node.value).toBeUndefined();
  await clock.advance(10_000);
  expect(agent.node.value).toBeDefined();
  expect(requests().filter((verb) => verb === 'create')).toHaveLength(4);
});

test('the lease is renewed every ten seconds, and sooner after a failure', async () => {
  api.answer = ({ verb, body }) => {
    if (verb === 'get') throw new KubeError('NotFound', 'none', { status: 404, reason: 'NotFound' });
    if (verb === 'create' && api.asked.length < 4) {
      throw new KubeError('NotFound', 'no namespace', { status: 404, reason: 'NotFound' });
    }
    return body;
  };
  const lease = new NodeLease({
    ...{
      client: api.client,
      clock,
      logger: silentLogger,
      nodeName: 'n',
      leaseMs: 40_000,
      nodeUid: () => 'uid',
    },
  });
  done = lease.run(stop.signal);
  await clock.advance(1000);
  expect(requests()).toEqual(['get', 'create', 'get', 'create']);
  await clock.advance(20_000);
  expect(requests().slice(4)).toEqual(['update', 'update']);
  expect(api.asked.at(-1)?.body).toMatchObject({
    metadata: { name: 'n', namespace: 'kube-node-lease', ownerReferences: [{ kind: 'Node', uid: 'uid' }] },
    spec: { holderIdentity: 'n', leaseDurationSeconds: 40, renewTime: expect.stringMatching(/\.\d{6}Z$/) },
  });
});
