import { request } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { resources } from '@rackwright/kube';
import { runService } from '@rackwright/service';
import { disliked, freePort, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { removeService } from './commands/remove.ts';
import { verifyService } from './commands/verify.ts';
import { managerService } from './manager.ts';
import { namespace, OperatorEnvironment } from './testing/operator-environment.ts';
import { FakeProcess, podEnvironment } from './testing/replica.ts';

let testEnv: OperatorEnvironment;
let env: NodeJS.ProcessEnv;
/** Two replicas that compete; the first leads. */
const replicas: { self: FakeProcess; health: string; metrics: string; exit: Promise<number> }[] = [];

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  const connection = await testEnv.plane.serviceAccount({ namespace, name: 'slingshot-operator' });
  env = await podEnvironment(join(testEnv.plane.folder, 'pod'), connection);
}, 120_000);

afterAll(async () => {
  for (const { self, exit } of replicas) {
    self.emit('SIGTERM', 'SIGTERM');
    await exit;
  }
  await testEnv?.[Symbol.asyncDispose]();
});

async function startReplica(): Promise<void> {
  const [health, metrics] = [await freePort(), await freePort()];
  const argv = [
    '--leader-elect',
    `--health-probe-bind-address=:${health}`,
    `--metrics-bind-address=:${metrics}`,
    `--pod-name=replica-${replicas.length}`,
  ];
  const self = new FakeProcess(argv, env);
  const exit = runService(managerService('1.2.3'), self);
  const base = (port: number): string => `http://127.0.0.1:${port}`;
  replicas.push({ self, health: base(health), metrics: base(metrics), exit });
  await testEnv.until('the replica to be ready', async () => (await fetch(`${base(health)}/readyz`)).ok);
}

async function leads(replica: number): Promise<boolean> {
  const response = await fetch(`${replicas[replica]?.metrics}/metrics`);
  return /^leader_election_leading 1$/m.test(await response.text());
}

function httpsGet(port: number, token: string): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = { authorization: `Bearer ${token}` };
  const options = {
    host: '127.0.0.1',
    port,
    path: '/metrics',
    headers,
    rejectUnauthorized: false,
    agent: false,
  };
  const call = request(options, async (response) => {
    resolve({ status: response.statusCode ?? 0, text: await text(response) });
  });
  call.on('error', reject);
  call.end();
  return promise;
}

test('the first replica leads and rolls a driver out with images of its version', async () => {
  await startReplica();
  await testEnv.until('a leader', () => leads(0));
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  await testEnv.until('four DaemonSets', async () => (await testEnv.daemonSets()).length === 4);
  const { spec } = await testEnv.daemonSet('cxi-device-plugin');
  expect(spec?.template.spec?.containers[0]?.image).toBe('ghcr.io/rackwright/cxi-device-plugin:1.2.3');
});

test('the metrics tell of reconciles, the queue and the caches', async () => {
  const told = [
    /controller_reconcile_total\{controller="cxidriver",outcome="requeued"\} [1-9]/,
    /controller_reconcile_duration_seconds_count\{controller="cxidriver"\} [1-9]/,
    /controller_queue_depth\{controller="cxidriver"\}/,
    /controller_cached_objects\{informer="[^"]*daemonsets[^"]*"\} 4/,
    /rackwright_build_info\{app="operator-manager",version="1.2.3"/,
  ];
  // A reconcile is counted after its last write, and a cache hears of a DaemonSet after the API server has it.
  await testEnv.until('the metrics to tell all', async () => {
    const text = await (await fetch(`${replicas[0]?.metrics}/metrics`)).text();
    const missing = told.find((line) => !line.test(text));
    if (missing !== undefined) throw new Error(`no line ${missing} in ${text}`);
    return true;
  });
});

(promtoolExpected() ? test : test.skip)(
  'promtool likes every name in /metrics (needs promtool)',
  async () => {
    const text = await (await fetch(`${replicas[0]?.metrics}/metrics`)).text();
    expect(disliked(text)).toEqual([]);
  },
);

test('a second replica is ready and waits, until the first stops', async () => {
  await startReplica();
  expect(await leads(1)).toBe(false);
  const lease = { namespace, name: 'bf7f9b28.hpe.com' };
  expect((await testEnv.admin.get(resources.leases, lease)).spec?.holderIdentity).toMatch(/^replica-0_/);
  replicas[0]?.self.emit('SIGTERM', 'SIGTERM');
  expect(await replicas[0]?.exit).toBe(0);
  await testEnv.until('the second to lead', () => leads(1));
});

async function verify(timeout: string): Promise<{ code: number; table: string }> {
  const self = new FakeProcess([`--timeout=${timeout}`], env);
  const code = await runService(verifyService('1.2.3', self.stdout), self);
  return { code, table: self.printed };
}

test('verify fails with a table of what is missing, under the account of the operator', async () => {
  const { code, table } = await verify('1ms');
  expect(code).toBe(1);
  expect(table).toMatch(/cxidrivers\.cxi\.hpe\.com +yes +served/);
  expect(table).toMatch(/CXIDriver cxi +NO +WaitingForPods/);
});

test('verify succeeds once everything runs', async () => {
  for (const name of await testEnv.daemonSets()) await testEnv.roll(name, { desired: 1, available: 1 });
  const { code, table } = await verify('20s');
  expect({ code, table }).toMatchObject({
    code: 0,
    table: expect.stringMatching(/CXIDriver cxi +yes +Ready: 1 node ready/),
  });
});

test('remove deletes the driver and returns when everything is taken back', async () => {
  const self = new FakeProcess(
    [`--kubeconfig=${testEnv.plane.adminKubeconfig}`, '--cxidriver=cxi', '--timeout=20s'],
    {},
  );
  const code = runService(removeService('1.2.3', self.stdout), self);
  for (const component of ['retry-handler', 'device-plugin', 'driver-agent', 'metrics-exporter']) {
    await testEnv.endPods(`cxi-${component}`);
  }
  expect(await code).toBe(0);
  await expect(testEnv.driver('cxi')).rejects.toMatchObject({ code: 'NotFound' });
});

test('without the CRD of CXIDrivers it is unready and says what to do; with the CRD back it is ready', async () => {
  const replica = replicas[1];
  const readiness = async () => await (await fetch(`${replica?.health}/readyz?verbose`)).text();
  await testEnv.plane.kubectl('delete', 'crd', 'cxidrivers.cxi.hpe.com', '--timeout=30s');
  await testEnv.until('the missing kind to be told', async () => {
    const text = await readiness();
    return text.includes('does not serve cxidrivers.cxi.hpe.com') && text.includes('apply its Custom');
  });
  expect((await fetch(`${replica?.health}/readyz`)).ok).toBe(false);
  await testEnv.applyCrds();
  await testEnv.until('readiness', async () => (await fetch(`${replica?.health}/readyz`)).ok);
});

test('secure metrics are for accounts that may get them, over HTTPS', async () => {
  const bind = (name: string, role: string, account: string, ns: string) =>
    testEnv.plane.kubectl(
      'create',
      'clusterrolebinding',
      name,
      `--clusterrole=${role}`,
      `--serviceaccount=${ns}:${account}`,
    );
  await bind('delegator', 'system:auth-delegator', 'slingshot-operator', namespace);
  await testEnv.plane.kubectl(
    'create',
    'clusterrole',
    'metrics-reader',
    '--verb=get',
    '--non-resource-url=/metrics',
  );
  for (const name of ['prometheus', 'stranger'])
    await testEnv.plane.kubectl('create', 'serviceaccount', name, '--namespace=default');
  await bind('prometheus', 'metrics-reader', 'prometheus', 'default');
  const port = await freePort();
  const argv = [
    '--health-probe-bind-address=0',
    `--metrics-bind-address=:${port}`,
    '--metrics-secure',
    '--leader-elect',
  ];
  const self = new FakeProcess(argv, env);
  const exit = runService(managerService('1.2.3'), self);
  const tokenOf = async (name: string) =>
    (await testEnv.admin.createToken({ namespace: 'default', name })).token;
  const [reader, stranger] = [await tokenOf('prometheus'), await tokenOf('stranger')];
  const first = await testEnv.until('the metrics', () => httpsGet(port, reader).catch(() => undefined));
  expect(first).toMatchObject({ status: 200, text: expect.stringContaining('rackwright_build_info') });
  expect((await httpsGet(port, stranger)).status).toBe(403);
  expect((await httpsGet(port, 'forged')).status).toBe(401);
  self.emit('SIGTERM', 'SIGTERM');
  expect(await exit).toBe(0);
});

test('outside of a cluster and without a kubeconfig the operator says what is missing', async () => {
  const self = new FakeProcess(['--health-probe-bind-address=0'], {});
  const lines: string[] = [];
  self.stdout.write = (text) => lines.push(text);
  expect(await runService(managerService('1.2.3'), self)).toBe(1);
  expect(lines.join('')).toContain('run in a pod whose service account token is mounted');
});
