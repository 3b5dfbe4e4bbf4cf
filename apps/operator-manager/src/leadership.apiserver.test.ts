import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { leaderTerms } from '@rackwright/api';
import { systemClock } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import {
  type Event,
  fixedConnection,
  ignoreNotFound,
  KubeClient,
  type KubeConnection,
  resources,
} from '@rackwright/kube';
import { TcpProxy } from '@rackwright/testbed/without-nodes';
import {
  type FormerWrite,
  formatWrite,
  isAccepted,
  isRefusedToLead,
  writesByTerm,
} from './testing/leader-writes.ts';
import { namespace, OperatorEnvironment } from './testing/operator-environment.ts';
import { OperatorProcess, podConnection } from './testing/operator-process.ts';

const slow = process.env.RACKWRIGHT_LONG_TESTS !== undefined;
const rounds = slow ? 100 : 5;
const lease = { namespace, name: cxi.leaderElectionLease };
const args = ['--leader-elect', '--lease-duration=2s', '--renew-deadline=1200ms', '--retry-period=200ms'];

let testEnv: OperatorEnvironment;
/** On the way of the first replica to the API server. */
let proxy: TcpProxy;
let replicas: OperatorProcess[] = [];
let version = 0;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  proxy = await TcpProxy.start(testEnv.plane.server);
  replicas = await Promise.all([
    OperatorProcess.start(testEnv, 'first', args, proxy.url),
    OperatorProcess.start(testEnv, 'second', args),
  ]);
  await testEnv.until('both replicas to be ready', async () => {
    const ready = await Promise.all(replicas.map((replica) => replica.isReady()));
    return ready.every(Boolean);
  });
  await testEnv.createDriver('busy', { version: '13.0.0' });
}, 120_000);

afterAll(async () => {
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
}, 60_000);

/** Who holds the lease. */
async function holder(): Promise<OperatorProcess | undefined> {
  const { spec } = await testEnv.admin.get(resources.leases, lease);
  return replicas.find(({ name }) => spec?.holderIdentity?.startsWith(`${name}_`));
}

/** Asks for another driver version, which changes a DaemonSet and the status. */
async function change(): Promise<void> {
  version += 1;
  await testEnv.patchDriver('busy', { spec: { version: `13.0.${version}` } });
}

/** Waits until what was asked for last is done. */
function done(): Promise<unknown> {
  return testEnv.until('the change to be made', async () => {
    const { metadata, status } = await testEnv.driver('busy');
    return status?.observedGeneration === metadata?.generation;
  });
}

/** Changes a driver again and again, so that whoever leads always has something to write. */
async function keepChanging(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await change();
    await systemClock.sleep(25, signal).catch(() => undefined);
  }
}

async function count(replica: OperatorProcess | undefined, message: string): Promise<number> {
  return (await replica?.logged(message))?.length ?? 0;
}

/** Whether a replica takes itself for the leader. */
async function isLeading(replica: OperatorProcess): Promise<boolean> {
  return (await count(replica, 'leading')) > (await count(replica, 'leadership lost'));
}

/** Stops a leader until another leads and `meanwhile` is over, and returns what that found. */
async function freeze<T>(old: OperatorProcess, meanwhile: () => Promise<T>): Promise<T> {
  const before = await count(old, 'leadership lost');
  let found: T;
  old.signal('SIGSTOP');
  try {
    await testEnv.until('the other to lead', async () => {
      const now = await holder();
      return now !== undefined && now !== old;
    });
    found = await meanwhile();
  } finally {
    old.signal('SIGCONT');
  }
  await testEnv.until('the old leader to notice', async () => {
    // On a loaded machine it may have lost the lead before it was stopped.
    return (await count(old, 'leadership lost')) > before || !(await isLeading(old));
  });
  return found;
}

test(
  `a leader that is stopped for longer than its lease and continued writes nothing more, ${rounds} times`,
  async () => {
    const stop = new AbortController();
    const changing = keepChanging(stop.signal);
    for (let round = 0; round < rounds; round++) {
      const old = await testEnv.until('a leader', holder);
      const [successor] = replicas.filter((replica) => replica !== old);
      const before = await count(successor, 'update');
      await freeze(old, () =>
        testEnv.until('it to write', async () => (await count(successor, 'update')) > before),
      );
    }
    stop.abort();
    await changing;
    const { terms, byFormer, byLeader } = writesByTerm(await testEnv.plane.auditEvents());
    const accepted = byFormer.filter(({ write }) => isAccepted(write)).map(formatWrite);
    process.stdout.write(
      `${rounds} rounds: ${terms} writes of the lease, ${byLeader.length} others, ${byFormer.length} by a former leader, ${accepted.length} of them accepted\n`,
    );
    expect(byLeader.length).toBeGreaterThan(rounds);
    expect(accepted).toEqual([]);
    expect(byLeader.filter(isRefusedToLead)).toEqual([]);
  },
  slow ? 1_800_000 : 180_000,
);

/** Makes the first replica the leader, and gives it a write to make that stays on the way. False if it lost the lead meanwhile. */
async function sendLate(first: OperatorProcess): Promise<boolean> {
  const leader = await testEnv.until('a leader', holder);
  if (leader !== first) await freeze(leader, () => Promise.resolve());
  await done();
  const before = await count(first, 'leadership lost');
  proxy.mode = 'hold';
  await change();
  // It renews the lease over one connection; what it writes beside goes over another.
  const lost = async () => (await count(first, 'leadership lost')) > before;
  await testEnv.until('a write to be under way', async () => proxy.held > 1 || (await lost()));
  return !(await lost());
}

/** What former leaders wrote since then, once there is some. */
async function writtenLate(since: number): Promise<readonly FormerWrite[] | undefined> {
  const { byFormer } = writesByTerm(await testEnv.plane.auditEvents());
  const found = byFormer.filter(({ write }) => (write.at ?? 0) >= since);
  return found.length > 0 ? found : undefined;
}

/** Makes a write of the first replica arrive when the second leads. Nothing if it took the write back before it was stopped. */
async function writeLate(first: OperatorProcess): Promise<readonly FormerWrite[] | undefined> {
  try {
    if (!(await sendLate(first))) return undefined;
    const startedAt = systemClock.now();
    return await freeze(first, async () => {
      await done();
      proxy.mode = 'forward';
      // It gives up what is under way with the lead: it may have done so just before it was stopped.
      const arrived = testEnv.until('the write to arrive', () => writtenLate(startedAt), 5000);
      return await arrived.catch(() => undefined);
    });
  } finally {
    proxy.mode = 'forward';
  }
}

test('a write of a leader that reaches the API server when another one leads is refused', async () => {
  const [first] = replicas as [OperatorProcess];
  let arrived: readonly FormerWrite[] | undefined;
  for (let tries = 0; tries < 6 && arrived === undefined; tries++) arrived = await writeLate(first);
  expect(arrived).toBeDefined();
  expect(arrived?.filter(({ write }) => isAccepted(write)).map(formatWrite)).toEqual([]);
  const { message } = arrived?.[0]?.write ?? {};
  expect(message).toMatch(/only the replica of the operator that leads may write: second_.*, not pod first/);
}, 180_000);

/** What happens to each kind of write with these credentials: its HTTP status, or `made`. */
async function outcomes(connection: KubeConnection, name: string): Promise<Record<string, unknown>> {
  await using client = new KubeClient({ connection, clock: systemClock, userAgent: 'test' });
  const status = (work: Promise<unknown>) =>
    work.then(
      () => 'made',
      (error: { status?: number }) => error.status,
    );
  const metadata = { namespace, name };
  const old = { namespace, name: `${name}-old` };
  await testEnv.admin.create(resources.serviceAccounts, { metadata: old });
  const event = (reason: string): Event => ({
    metadata: { namespace, name: `${name}-${reason}`.toLowerCase() },
    ...{ eventTime: '2026-01-01T00:00:00.000000Z', action: 'Test', type: 'Normal', reason },
    ...{ reportingController: 'test', reportingInstance: name },
    regarding: { kind: 'Namespace', name: namespace, namespace },
  });
  return {
    create: await status(client.create(resources.configMaps, { metadata })),
    apply: await status(client.apply(resources.serviceAccounts, { metadata }, { fieldManager: 'test' })),
    delete: await status(client.delete(resources.serviceAccounts, old)),
    event: await status(client.create(resources.events, event('Other'))),
    standingBy: await status(client.create(resources.events, event('StandingBy'))),
    lease: await status(client.create(resources.leases, { metadata })),
    triedLease: await status(
      client.create(resources.leases, { metadata: { namespace, generateName: 'x-' } }, { dryRun: true }),
    ),
  };
}

test('a replica that waits may write the Lease and that it stands by, and nothing else', async () => {
  await testEnv.until('a leader', holder);
  const refused = { create: 403, apply: 403, delete: 403, event: 403 };
  const waiting = await outcomes(await podConnection(testEnv, 'third'), 'third');
  expect(waiting).toEqual({ ...refused, standingBy: 'made', lease: 'made', triedLease: 422 });
  const { token } = await testEnv.admin.createToken({ namespace, name: 'slingshot-operator' });
  const byHand = fixedConnection({ server: testEnv.plane.server, ca: testEnv.plane.ca, token });
  expect(new Set(Object.values(await outcomes(byHand, 'by-hand')))).toEqual(new Set(['made']));
});

/** What the API server says to a replica that does not lead when it wants to write. */
async function refusalOf(client: KubeClient): Promise<string | undefined> {
  const object = { metadata: { namespace, generateName: 'refused-' } };
  return await client.create(resources.configMaps, object, { dryRun: true }).then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Lets the other replica lead. */
async function changeLeader(): Promise<OperatorProcess> {
  const old = await testEnv.until('a leader', holder);
  await freeze(old, () => Promise.resolve());
  return await testEnv.until('a leader', holder);
}

async function removeInstalled(...files: readonly string[]): Promise<void> {
  const words = files.flatMap((file) => ['-f', `${testEnv.config}${file}`]);
  expect(await testEnv.plane.kubectl('delete', ...words)).toMatchObject({ code: 0 });
}

const policies = 'rbac/leader_write_policy.yaml';

test('after the policy was deleted and made anew the API server knows who leads by now', async () => {
  const connection = await podConnection(testEnv, 'fourth');
  await using waiting = new KubeClient({ connection, clock: systemClock, userAgent: 'test' });
  const message = 'no admission policy refuses late writes of former leaders';
  expect(await Promise.all(replicas.map((replica) => count(replica, message)))).toEqual([0, 0]);
  await removeInstalled(policies);
  await testEnv.until('the policy to be gone', async () => (await refusalOf(waiting)) === undefined);
  const leader = await changeLeader();
  const { name } = leader;
  await testEnv.until('it to say so', async () => (await count(leader, message)) === 1);
  await change();
  await done();
  await testEnv.applyInstallation();
  await testEnv.until('the policy to know the leader', async () =>
    (await refusalOf(waiting))?.includes(`may write: ${name}_`),
  );
  await change();
  await done();
}, 120_000);

test('without the CRD of LeaderTerms the leader works, and says that late writes are not refused', async () => {
  await removeInstalled(policies, 'crd/bases/rackwright.io_leaderterms.yaml');
  const { name } = await changeLeader();
  await change();
  await done();
  const leader = replicas.find((replica) => replica.name === name);
  const message = 'who leads is not recorded, so late writes of former leaders are not refused';
  expect(await leader?.logged(message)).toEqual([
    expect.objectContaining({ level: 'warn', error: expect.stringContaining('leaderterms') }),
  ]);
  await testEnv.applyCrds();
  await changeLeader();
  const term = await testEnv.until('the next leader to be recorded', () =>
    ignoreNotFound(testEnv.admin.get(leaderTerms, lease)),
  );
  expect(term.spec?.holderIdentity).toMatch(/^(first|second)_/);
}, 120_000);

test('nobody but the pod that leads writes who does, and an administrator can delete it', async () => {
  await testEnv.applyInstallation();
  const spec = { holderIdentity: 'sixth_1', acquireTime: '2026-01-01T00:00:00.000000Z' };
  const object = { metadata: { namespace, name: 'other' }, spec };
  await testEnv.until('an administrator to be refused', async () =>
    testEnv.admin.create(leaderTerms, object, { dryRun: true }).then(
      () => false,
      ({ message }: Error) => message.includes('only the operator may say who leads'),
    ),
  );
  const connection = await podConnection(testEnv, 'fifth');
  await using pod = new KubeClient({ connection, clock: systemClock, userAgent: 'test' });
  await expect(pod.create(leaderTerms, object)).rejects.toThrow(
    'a replica may say only of itself that it leads',
  );
  await pod.create(leaderTerms, { ...object, spec: { ...spec, holderIdentity: 'fifth_1' } });
  await testEnv.admin.delete(leaderTerms, object.metadata);
}, 60_000);
