import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { cxi } from '@rackwright/keys';
import { resources } from '@rackwright/kube';
import type { AuditEvent } from '@rackwright/testbed';
import { namespace, OperatorEnvironment } from './testing/operator-environment.ts';
import { OperatorProcess } from './testing/operator-process.ts';

const slow = process.env.RACKWRIGHT_LONG_TESTS !== undefined;
const rounds = slow ? 100 : 5;
const lease = { namespace, name: cxi.leaderElectionLease };
const args = ['--leader-elect', '--lease-duration=2s', '--renew-deadline=1200ms', '--retry-period=200ms'];

let testEnv: OperatorEnvironment;
let replicas: OperatorProcess[] = [];

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  replicas = await Promise.all(['first', 'second'].map((name) => OperatorProcess.start(testEnv, name, args)));
  await testEnv.until('both replicas to be ready', async () => {
    const ready = await Promise.all(replicas.map((replica) => replica.isReady()));
    return ready.every(Boolean);
  });
}, 120_000);

afterAll(async () => {
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
}, 60_000);

/** Who holds the lease. */
async function holder(): Promise<OperatorProcess | undefined> {
  const { spec } = await testEnv.admin.get(resources.leases, lease);
  return replicas.find(({ name }) => spec?.holderIdentity?.startsWith(`${name}_`));
}

/** Changes a driver again and again, so that whoever leads always has something to write. */
async function keepChanging(signal: AbortSignal): Promise<void> {
  for (let i = 0; !signal.aborted; i++) {
    await testEnv.patchDriver('busy', { spec: { version: `13.0.${i}` } });
    await systemClock.sleep(25, signal).catch(() => undefined);
  }
}

const reads = new Set(['get', 'list', 'watch']);
const isLeaseWrite = ({ verb, resource }: AuditEvent): boolean => resource === 'leases' && !reads.has(verb);
const isWork = ({ verb, resource }: AuditEvent): boolean => resource !== 'leases' && !reads.has(verb);

/** Writes that came in when somebody else had got the lease, by the order in which the API server got them. */
function overlaps(events: readonly AuditEvent[]): string[] {
  const found: string[] = [];
  let leader: string | undefined;
  for (const event of events.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
    if (isLeaseWrite(event) && (event.code === 200 || event.code === 201)) leader = event.user;
    else if (isWork(event) && event.user !== leader) {
      found.push(`${event.user} ${event.verb} ${event.resource} at ${event.at} while ${leader} led`);
    }
  }
  return found;
}

async function count(replica: OperatorProcess | undefined, message: string): Promise<number> {
  return (await replica?.logged(message))?.length ?? 0;
}

test(
  `a leader that is stopped for longer than its lease and continued writes nothing more, ${rounds} times`,
  async () => {
    await testEnv.createDriver('busy', { version: '13.0.0' });
    const stop = new AbortController();
    const changing = keepChanging(stop.signal);
    for (let round = 0; round < rounds; round++) {
      const old = await testEnv.until('a leader', holder);
      const [successor] = replicas.filter((replica) => replica !== old);
      const before = {
        losses: await count(old, 'leadership lost'),
        updates: await count(successor, 'update'),
      };
      old.signal('SIGSTOP');
      await testEnv.until('the other to lead', async () => (await holder()) === successor);
      await testEnv.until('it to write', async () => (await count(successor, 'update')) > before.updates);
      old.signal('SIGCONT');
      await testEnv.until('the old leader to notice', async () => {
        return (await count(old, 'leadership lost')) > before.losses;
      });
    }
    stop.abort();
    await changing;
    const users = new Set(replicas.map(({ user }) => user));
    const events = await testEnv.plane.auditEvents({ user: (name) => users.has(name) });
    const terms = events.filter(isLeaseWrite).length;
    const writes = events.filter(isWork).length;
    process.stdout.write(
      `${rounds} rounds: ${terms} writes of the lease, ${writes} others, ${overlaps(events).length} by a former leader\n`,
    );
    expect(writes).toBeGreaterThan(rounds);
    expect(overlaps(events)).toEqual([]);
  },
  slow ? 1_800_000 : 180_000,
);
