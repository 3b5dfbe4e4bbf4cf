import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { resources } from '@rackwright/kube';
import { freePort, waitUntil } from '@rackwright/testbed/without-nodes';
import { certificatesOf } from '@rackwright/web';
import { Balancer } from './testing/balancer.ts';
import { Load, type LoadResult, perSecond } from './testing/load.ts';
import { namespace, type Replica, release, WebhookEnvironment } from './testing/webhook-environment.ts';

const clock = systemClock;
/** So that authority and certificate are renewed while requests go on. */
const lifetimes = ['--certificate-lifetime=15s', '--authority-lifetime=15s', '--stop-delay=3s'];
const renewals = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 6 : 1;
let testEnv: WebhookEnvironment;
let balancer: Balancer;
let url: string;
const replicas: Replica[] = [];

beforeAll(async () => {
  testEnv = await WebhookEnvironment.start('allowedImages={ghcr.io/rackwright/}');
  const port = await freePort();
  url = `https://localhost:${port}`;
  balancer = await Balancer.start(port, clock);
}, 120_000);

afterAll(async () => {
  await balancer?.[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
});

test(`${perSecond} requests a second while certificates are renewed and a replica is stopped: none fails`, async () => {
  replicas.push(await start('one'), await start('two'));
  balancer.replicas = replicas;
  await waitUntil('two replicas that are asked', isAsked, { clock, deadlineMs: 60_000 });
  const before = await served();
  const load = new Load(testEnv, clock);
  await load.answers(perSecond);
  const [stopped] = replicas.splice(0, 1);
  const stopping = stopped?.stop();
  replicas.push(await start('three'));
  for (let n = 0; n < renewals; n++) {
    const last = await served();
    const renewed = async () => (await served()).certificate !== last.certificate;
    await waitUntil('another certificate', renewed, { clock, deadlineMs: 60_000 });
  }
  await waitUntil('what is stored to be served', isServed, { clock, deadlineMs: 30_000 });
  await stopping;
  const { failures, told } = await load.stop();
  record(`renewed ${renewals} times, a replica stopped: ${told}`);
  const after = await served();
  expect(failures).toEqual([]);
  expect(after.authorities).not.toEqual(before.authorities);
  expect(after.certificate).not.toBe(before.certificate);
}, 600_000);

describe(`${perSecond} requests a second while a replica is killed`, () => {
  test('fail only where they were sent to it, each with the reason', async () => {
    const { failures, killedMs, droppedMs, told } = await killOne();
    record(`a replica killed, failurePolicy Fail: ${told}`);
    // An API server sends a review once: of requests that break off its client repeats reads only.
    for (const { message } of failures)
      expect(message).toMatch(/failed calling webhook .*(EOF|reset|refused|closed|broken pipe)/);
    const others = failures.filter(({ begunMs, endedMs }) => endedMs < killedMs || begunMs > droppedMs);
    expect({ killedMs, droppedMs, others }).toEqual({ killedMs, droppedMs, others: [] });
  }, 120_000);

  test('do not fail at all with failurePolicy Ignore', async () => {
    const before = replicas.splice(0);
    replicas.push(
      await start('five', '--failure-policy=Ignore'),
      await start('six', '--failure-policy=Ignore'),
    );
    balancer.replicas = replicas;
    await Promise.all(before.map((replica) => replica.stop()));
    const isIgnored = async () => (await configuration()).webhooks?.[0]?.failurePolicy === 'Ignore';
    await waitUntil('the failure policy', isIgnored, { clock, deadlineMs: 30_000 });
    const { failures, told } = await killOne();
    record(`a replica killed, failurePolicy Ignore: ${told}`);
    expect(failures).toEqual([]);
  }, 120_000);
});

/** Kills one of two replicas under load; what failed, and when the Service led to the other only. */
async function killOne(): Promise<LoadResult & { readonly killedMs: number; readonly droppedMs: number }> {
  await waitUntil('two replicas that are asked', isAsked, { clock, deadlineMs: 60_000 });
  const load = new Load(testEnv, clock);
  await load.answers(perSecond);
  const killedMs = clock.monotonic();
  await replicas.splice(0, 1)[0]?.kill();
  await waitUntil('the Service to lead to one', () => balancer.ready === 1, { clock, deadlineMs: 30_000 });
  const droppedMs = clock.monotonic();
  await load.answers(perSecond);
  return { ...(await load.stop()), killedMs, droppedMs };
}

/** For whoever reads the log of a run. */
function record(line: string): void {
  process.stdout.write(`${line}\n`);
}

function start(name: string, ...args: readonly string[]): Promise<Replica> {
  return testEnv.replica(name, { url, args: [...lifetimes, ...args] });
}

function configuration() {
  return testEnv.admin.get(resources.validatingWebhookConfigurations, { name: release });
}

async function isAsked(): Promise<boolean> {
  const { webhooks } = await configuration();
  return webhooks !== undefined && balancer.ready === 2;
}

/** The certificate in the Secret, and what API servers trust. */
async function served(): Promise<{ certificate: string | undefined; authorities: readonly string[] }> {
  const secret = await testEnv.admin.get(resources.secrets, { namespace, name: `${release}-tls` });
  const { webhooks } = await configuration();
  const bundle = webhooks?.[0]?.clientConfig.caBundle ?? '';
  const pem = Buffer.from(bundle, 'base64').toString('utf8');
  return {
    certificate: secret.data?.['tls.crt'],
    authorities: certificatesOf(pem).map(({ fingerprint256 }) => fingerprint256),
  };
}

/** Whether each replica serves the certificate in the Secret. */
async function isServed(): Promise<boolean> {
  const [stored] = certificatesOf(Buffer.from((await served()).certificate ?? '', 'base64').toString('utf8'));
  const shown = await Promise.all(replicas.map(({ ports }) => shownAt(ports.port)));
  return shown.every((fingerprint) => fingerprint === stored?.fingerprint256);
}

/** The fingerprint of the certificate that is shown at a port. */
function shownAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Only looked at, so it need not be trusted.
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
    resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '');
    socket.destroy();
  });
  socket.on('error', reject);
  return promise;
}
