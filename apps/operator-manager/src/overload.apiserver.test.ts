import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { runService } from '@rackwright/service';
import { freePort } from '@rackwright/testbed/without-nodes';
import { managerService } from './manager.ts';
import { BusyServer } from './testing/busy-server.ts';
import { namespace, OperatorEnvironment } from './testing/operator-environment.ts';
import { FakeProcess } from './testing/replica.ts';

let testEnv: OperatorEnvironment;
let busy: BusyServer;
let self: FakeProcess;
let exit: Promise<number>;
let health: string;
const lines: string[] = [];

beforeAll(async () => {
  testEnv = await OperatorEnvironment.start(false);
  busy = await BusyServer.start(testEnv.plane.server);
  const port = await freePort();
  health = `http://127.0.0.1:${port}/readyz`;
  const kubeconfig = `--kubeconfig=${await kubeconfigFor(busy.url)}`;
  const account = '--service-account=slingshot-operator';
  self = new FakeProcess(
    [kubeconfig, account, '--leader-elect', `--health-probe-bind-address=127.0.0.1:${port}`],
    {},
  );
  const { write } = self.stdout;
  self.stdout.write = (text) => {
    lines.push(text);
    write(text);
  };
  exit = runService(managerService('1.2.3'), self);
  await testEnv.until('the operator to be ready', isReady);
}, 120_000);

afterAll(async () => {
  self?.emit('SIGTERM', 'SIGTERM');
  await exit;
  await busy?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

async function kubeconfigFor(server: string): Promise<string> {
  const account = await testEnv.plane.serviceAccount({ namespace, name: 'slingshot-operator' });
  const { token } = await account.credentials();
  const path = join(testEnv.plane.folder, 'busy.kubeconfig');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'busy' },
    // client-node takes plain HTTP only with this.
    clusters: [{ name: 'busy', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'operator', user: { token } }],
    contexts: [{ name: 'busy', context: { cluster: 'busy', user: 'operator', namespace } }],
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

async function isReady(): Promise<boolean> {
  return (await fetch(health).catch(() => undefined))?.ok === true;
}

test('429 with Retry-After of an hour on every list and watch for a while: said with its cut, and over when the server is', async () => {
  await testEnv.createDriver('cxi', { version: '13.0.0' });
  await testEnv.until('four DaemonSets', async () => (await testEnv.daemonSets()).length === 4);
  busy.retryAfterSeconds = 3600;
  busy.cut();
  const told = await testEnv.until('readiness to say why', async () => {
    const text = await (await fetch(health)).text();
    return text.includes('asks to wait') ? text : undefined;
  });
  expect(told).toContain('asks to wait 1h, cut to 30s');
  await systemClock.sleep(3000);
  busy.retryAfterSeconds = undefined;
  const endedAt = systemClock.monotonic();
  await testEnv.patchDriver('cxi', { spec: { version: '13.0.1' } });
  const args = async (): Promise<readonly string[]> =>
    (await testEnv.daemonSet('cxi-driver-agent')).spec?.template.spec?.containers[0]?.args ?? [];
  await testEnv.until(
    'the operator to act',
    async () => (await args()).includes('--driver-version=13.0.1'),
    40_000,
  );
  await testEnv.until('readiness', isReady, 40_000);
  const tookMs = Math.round(systemClock.monotonic() - endedAt);
  process.stdout.write(`429 for 3 s: acted and ready after ${tookMs} ms, ${busy.refused} refused\n`);
  // Each cache tells it once.
  expect(lines.filter((line) => line.includes('asks to wait')).length).toBeLessThanOrEqual(12);
}, 120_000);
