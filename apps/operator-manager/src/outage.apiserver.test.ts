import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { type AuditEvent, TcpProxy } from '@rackwright/testbed/without-nodes';
import { OperatorEnvironment } from './testing/operator-environment.ts';
import { OperatorProcess } from './testing/operator-process.ts';

const slow = process.env.RACKWRIGHT_LONG_TESTS !== undefined;
const clock = systemClock;
/** How long each outage lasts, in milliseconds. */
const outageMs = slow
  ? { away: 60_000, drop: 20_000, reset: 60_000 }
  : { away: 6000, drop: 8000, reset: 6000 };
/** Kinds the operator keeps in caches. */
const cached = ['cxidrivers', 'configmaps', 'daemonsets', 'serviceaccounts', 'clusterrolebindings'];

let testEnv: OperatorEnvironment;
let proxy: TcpProxy;
let operator: OperatorProcess;
let version = 0;

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  proxy = await TcpProxy.start(testEnv.plane.server);
  operator = await OperatorProcess.start(testEnv, 'operator', ['--leader-elect'], proxy.url);
  await testEnv.until('the operator to be ready', () => operator.isReady());
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  await acted();
}, 120_000);

afterEach(() => {
  proxy.mode = 'forward';
});

afterAll(async () => {
  await operator?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
}, 60_000);

/** Asks for a new driver version, which changes a DaemonSet and the status. */
async function change(): Promise<void> {
  version += 1;
  await testEnv.patchDriver('cxi', { spec: { version: `13.0.${version}` } });
}

/** Waits until the operator has done what was asked of it last, and is ready. */
async function acted(): Promise<void> {
  await testEnv.until('the operator to act', async () => {
    const { spec } = await testEnv.daemonSet('cxi-driver-agent');
    const args = spec?.template.spec?.containers[0]?.args ?? [];
    const { metadata, status } = await testEnv.driver('cxi');
    return (
      args.includes(`--driver-version=13.0.${version}`) && status?.observedGeneration === metadata?.generation
    );
  });
  await testEnv.until('the operator to be ready', () => operator.isReady());
}

/** What the operator asked since `startedAt`. */
async function asked(startedAt: number): Promise<AuditEvent[]> {
  const events = (await testEnv.plane.auditEvents()).filter(({ pod }) => pod === operator.name);
  return events.filter(({ at = 0 }) => at >= startedAt);
}

/** How often each kind was read from the start. A server that begins to serve may refuse a try before. */
function lists(events: readonly AuditEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, resource = '', code } of events) {
    if (verb !== 'list' || code !== 200 || !cached.includes(resource)) continue;
    counts[resource] = (counts[resource] ?? 0) + 1;
  }
  return counts;
}

/** Goes through an outage and reports what came after it. */
async function outage(
  kind: keyof typeof outageMs,
  begin: () => Promise<void> | void,
  end: () => Promise<void> | void,
): Promise<Record<string, number>> {
  const startedAt = clock.now();
  await begin();
  await clock.sleep(outageMs[kind]);
  await end();
  const endedAt = clock.monotonic();
  await change();
  await acted();
  const recoveryMs = Math.round(clock.monotonic() - endedAt);
  const events = await asked(startedAt);
  const counts = lists(events);
  const refused = events.filter(({ verb, code = 0 }) => verb === 'list' && code !== 200);
  process.stdout.write(
    `${kind} for ${outageMs[kind] / 1000} s: acted and ready after ${recoveryMs} ms, lists ${JSON.stringify(counts)}, refused ${JSON.stringify(refused.map(({ resource, code }) => [resource, code]))}\n`,
  );
  return counts;
}

/** At most `count` lists of each kind; claims read the CXIDrivers once in a while, too. */
function atMost(count: number, counts: Record<string, number>): void {
  for (const [kind, lists] of Object.entries(counts)) {
    const limit = kind === 'cxidrivers' ? count + 1 : count;
    expect({ kind, isFew: lists <= limit }).toEqual({ kind, isFew: true });
  }
}

test(`the API server is away for ${outageMs.away / 1000} s: the operator acts when it is back, after one list per kind`, async () => {
  atMost(
    1,
    await outage(
      'away',
      () => testEnv.plane.stopApiServer(),
      () => testEnv.plane.startApiServer(),
    ),
  );
}, 180_000);

test.each<['drop' | 'reset']>([['drop'], ['reset']])(
  'connections are answered by %s for a while: the operator acts when that is over, without a list',
  async (mode) => {
    const counts = await outage(
      mode,
      () => {
        proxy.mode = mode;
      },
      () => {
        proxy.mode = 'forward';
      },
    );
    atMost(0, counts);
  },
  180_000,
);
