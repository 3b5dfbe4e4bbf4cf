import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aidaptivCaches } from '@rackwright/api';
import { type DaemonSet, resources } from '@rackwright/kube';
import { runService } from '@rackwright/service';
import {
  deniedRequests,
  formatDenied,
  freePort,
  serviceAccountUser,
} from '@rackwright/testbed/without-nodes';
import { verifyService } from '../commands/verify.ts';
import { managerService } from '../manager.ts';
import { FakeProcess, podEnvironment } from '../testing/replica.ts';
import { CacheEnvironment, type Installed } from './testing/cache-environment.ts';

interface Operator {
  readonly health: string;
  stop(): Promise<void>;
}

const first: Installed = { namespace: 'aidaptivcache-operator', name: 'aidaptivcache-operator' };
const second: Installed = { namespace: 'other', name: 'second-operator' };
const sentence =
  'installation aidaptivcache-operator/aidaptivcache-operator looks after AidaptivCaches; this one stands by';
const plugin = 'aidaptivcache-device-plugin';

let testEnv: CacheEnvironment;
const running: Operator[] = [];

beforeAll(async () => {
  testEnv = await CacheEnvironment.install(first, second);
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map((operator) => operator.stop()));
  await testEnv?.[Symbol.asyncDispose]();
});

async function run({ namespace, name }: Installed): Promise<Operator> {
  const connection = await testEnv.plane.serviceAccount({ namespace, name });
  const env = await podEnvironment(join(testEnv.plane.folder, name), connection);
  const port = await freePort();
  const argv = [
    ...['--controllers=aidaptivcache', `--namespace=${namespace}`, `--health-probe-bind-address=:${port}`],
    `--ai100-device-plugin-role=${name}-ai100-device-plugin`,
    `--ai100-device-plugin-namespace-role=${name}-ai100-device-plugin-namespace`,
  ];
  const self = new FakeProcess(argv, env);
  const exit = runService(managerService('1.2.3'), self);
  const operator = {
    health: `http://127.0.0.1:${port}/readyz?verbose`,
    stop: async () => {
      self.emit('SIGTERM', 'SIGTERM');
      await exit;
    },
  };
  running.push(operator);
  return operator;
}

/** What verify prints under the account of an operator. */
async function verify({ namespace, name }: Installed): Promise<string> {
  const connection = await testEnv.plane.serviceAccount({ namespace, name });
  const env = await podEnvironment(join(testEnv.plane.folder, `verify-${name}`), connection);
  const argv = ['--controllers=aidaptivcache', `--namespace=${namespace}`, '--timeout=1ms'];
  const self = new FakeProcess(argv, env);
  expect(await runService(verifyService('1.2.3', self.stdout), self)).toBe(1);
  return self.printed;
}

/** Where agents run, and which. */
async function agents(): Promise<string[]> {
  const labelSelector = 'app.kubernetes.io/managed-by=aidaptivcache-operator';
  const { items } = await testEnv.admin.list(resources.daemonSets, { labelSelector });
  const nameOf = ({ metadata }: DaemonSet): string => `${metadata?.namespace}/${metadata?.name}`;
  return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined).map(nameOf);
}

async function claim(): Promise<string | undefined> {
  return (await testEnv.cache())?.metadata?.annotations?.['rackwright.io/operator'];
}

async function accountUid({ namespace, name }: Installed): Promise<string> {
  const { metadata } = await testEnv.admin.get(resources.serviceAccounts, { namespace, name });
  return metadata?.uid ?? '';
}

/** What an operator changed: everything but its events. */
async function writesOf(operator: Installed): Promise<string[]> {
  const user = serviceAccountUser(operator);
  const audit = await testEnv.plane.auditEvents({ user: (name) => name === user });
  return audit
    .filter(({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'events')
    .map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
}

test('an AidaptivCache says which installation looks after it', async () => {
  await run(first);
  await testEnv.create();
  await testEnv.until('the agents', async () => (await agents()).length === 2);
  expect(await claim()).toBe(`${first.namespace}/${first.name}/${await accountUid(first)}`);
}, 60_000);

test('verify may read all of it under the account of the operator, and says what is not in order', async () => {
  await testEnv.addNode('worker');
  const table = await verify(first);
  expect(table).toMatch(/phisondeviceoperators\.operators\.phison\.com +yes +served/);
  expect(table).toMatch(/AidaptivCache default +NO /);
  expect(table).toMatch(/DaemonSet aidaptivcache-device-plugin +NO /);
  expect(table).toMatch(/AidaptivCacheNode worker +NO +NoReport/);
  expect(table).not.toContain('cxi');
  expect(await verify(second)).toContain(sentence);
  await testEnv.admin.delete(resources.nodes, { name: 'worker' });
}, 60_000);

test('a second operator with the controller is not ready, says why, and writes nothing', async () => {
  const { health } = await run(second);
  await testEnv.until('the reason in its readiness', async () => {
    const answer = await fetch(health);
    return answer.status === 503 && (await answer.text()).includes(sentence);
  });
  await testEnv.until('an event about the AidaptivCache', async () => {
    const { items } = await testEnv.admin.list(resources.events, { namespace: 'default' });
    return items.some(
      ({ reason, note, regarding }) =>
        reason === 'StandingBy' && note === sentence && regarding?.kind === 'AidaptivCache',
    );
  });
  expect(await writesOf(second)).toEqual([]);
  expect(await agents()).toEqual([
    `${first.namespace}/${plugin}`,
    `${first.namespace}/aidaptivcache-exporter`,
  ]);
}, 60_000);

test('when the account of the first is gone the second takes over, and agents that were left run with it', async () => {
  await running[0]?.stop();
  await testEnv.admin.delete(resources.serviceAccounts, first);
  const wanted = `${second.namespace}/${second.name}/${await accountUid(second)}`;
  await testEnv.until('the claim of the second', async () => (await claim()) === wanted, 120_000);
  await testEnv.until('agents of the second alone', async () => {
    await testEnv.endPods(first.namespace);
    return (await agents()).join() === `other/${plugin},other/aidaptivcache-exporter`;
  });
  expect((await fetch(running[1]?.health ?? '')).status).toBe(200);
}, 150_000);

test('its AidaptivCache goes when it is deleted, and neither was refused anything', async () => {
  await testEnv.admin.delete(aidaptivCaches, { name: 'default' });
  await testEnv.until('the AidaptivCache to be gone', async () => {
    await testEnv.endPods(second.namespace);
    return (await testEnv.cache()) === undefined;
  });
  const users = [first, second].map(serviceAccountUser);
  const audit = await testEnv.plane.auditEvents({ user: (name) => users.includes(name) });
  expect(deniedRequests(audit).map(formatDenied)).toEqual([]);
}, 120_000);
