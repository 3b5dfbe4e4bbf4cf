import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { aidaptivCaches } from '@rackwright/api';
import { type DaemonSet, resources } from '@rackwright/kube';
import type { Installed } from '../testing/family-installation.ts';
import { InstalledOperators, type RunningOperator } from '../testing/installed-operators.ts';
import { CacheEnvironment } from './testing/cache-environment.ts';

const first: Installed = { namespace: 'aidaptivcache-operator', name: 'aidaptivcache-operator' };
const second: Installed = { namespace: 'other', name: 'second-operator' };
const sentence =
  'installation aidaptivcache-operator/aidaptivcache-operator looks after AidaptivCaches; this one stands by';
const plugin = 'aidaptivcache-device-plugin';

const controller = '--controllers=aidaptivcache';

let testEnv: CacheEnvironment;
let operators: InstalledOperators;
let operatorOfFirst: RunningOperator;
let operatorOfSecond: RunningOperator;

beforeAll(async () => {
  testEnv = await CacheEnvironment.install(first, second);
  operators = new InstalledOperators(testEnv);
}, 120_000);

afterAll(async () => {
  await operators?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

/** Its operator with the controller of AidaptivCaches. */
function run(installed: Installed): Promise<RunningOperator> {
  const { name } = installed;
  return operators.run(
    installed,
    controller,
    `--ai100-device-plugin-role=${name}-ai100-device-plugin`,
    `--ai100-device-plugin-namespace-role=${name}-ai100-device-plugin-namespace`,
  );
}

/** What verify prints while something is not in order. */
async function verify(installed: Installed): Promise<string> {
  const { code, printed } = await operators.verify(installed, controller, '--timeout=1ms');
  expect(code).toBe(1);
  return printed;
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

test('an AidaptivCache says which installation looks after it', async () => {
  operatorOfFirst = await run(first);
  await testEnv.create();
  await testEnv.until('the agents', async () => (await agents()).length === 2);
  expect(await claim()).toBe(await operators.claimOf(first));
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
  operatorOfSecond = await run(second);
  await testEnv.until('the reason in its readiness', async () =>
    Boolean((await operatorOfSecond.unready())?.includes(sentence)),
  );
  await testEnv.until('an event about the AidaptivCache', async () =>
    (await operators.standingBy()).includes(`AidaptivCache default: ${sentence}`),
  );
  expect(await operators.writesOf(second)).toEqual([]);
  expect(await agents()).toEqual([
    `${first.namespace}/${plugin}`,
    `${first.namespace}/aidaptivcache-exporter`,
  ]);
}, 60_000);

test('when the account of the first is gone the second takes over, and agents that were left run with it', async () => {
  await operatorOfFirst.stop();
  await testEnv.admin.delete(resources.serviceAccounts, first);
  const wanted = await operators.claimOf(second);
  await testEnv.until('the claim of the second', async () => (await claim()) === wanted, 120_000);
  await testEnv.until('agents of the second alone', async () => {
    await testEnv.endPods(first.namespace);
    return (await agents()).join() === `other/${plugin},other/aidaptivcache-exporter`;
  });
  expect(await operatorOfSecond.unready()).toBeUndefined();
}, 150_000);

test('its AidaptivCache goes when it is deleted, and neither was refused anything', async () => {
  await testEnv.admin.delete(aidaptivCaches, { name: 'default' });
  await testEnv.until('the AidaptivCache to be gone', async () => {
    await testEnv.endPods(second.namespace);
    return (await testEnv.cache()) === undefined;
  });
  expect(await operators.denied(first, second)).toEqual([]);
}, 120_000);
