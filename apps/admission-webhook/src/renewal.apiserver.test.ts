import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { errorMessage, systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { freePort, waitUntil } from '@rackwright/testbed';
import { certificatesOf } from './certificates/facts.ts';
import { Balancer } from './testing/balancer.ts';
import { namespace, type Replica, release, WebhookEnvironment } from './testing/webhook-environment.ts';

const clock = systemClock;
const perSecond = 200;
const mostUnderWay = 100;
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
  const stop = new AbortController();
  const load = requests(stop.signal);
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
  stop.abort();
  const { answered, failures } = await load;
  const after = await served();
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(perSecond);
  expect(after.authorities).not.toEqual(before.authorities);
  expect(after.certificate).not.toBe(before.certificate);
}, 600_000);

function start(name: string): Promise<Replica> {
  return testEnv.replica(name, { url, args: lifetimes });
}

async function isAsked(): Promise<boolean> {
  const { webhooks } = await testEnv.admin.get(resources.validatingWebhookConfigurations, { name: release });
  return webhooks !== undefined && balancer.ready === 2;
}

/** The certificate in the Secret, and what API servers trust. */
async function served(): Promise<{ certificate: string | undefined; authorities: readonly string[] }> {
  const secret = await testEnv.admin.get(resources.secrets, { namespace, name: `${release}-tls` });
  const configuration = await testEnv.admin.get(resources.validatingWebhookConfigurations, { name: release });
  const bundle = configuration.webhooks?.[0]?.clientConfig.caBundle ?? '';
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

/** Tries to create CXIDrivers, one every five milliseconds whatever the answers do, until told to stop. */
async function requests(signal: AbortSignal): Promise<{ answered: number; failures: string[] }> {
  const connection = testEnv.plane.admin();
  await using client = new KubeClient({ connection, clock, userAgent: 'load' });
  const failures: string[] = [];
  const running = new Set<Promise<void>>();
  let answered = 0;
  const ask = async (name: string): Promise<void> => {
    const metadata = { name };
    const body = { apiVersion: 'cxi.hpe.com/v1', kind: 'CXIDriver', metadata, spec: { version: '13.0.0' } };
    try {
      await client.request('POST', '/apis/cxi.hpe.com/v1/cxidrivers', { query: { dryRun: 'All' }, body });
      answered += 1;
    } catch (error) {
      failures.push(errorMessage(error));
    }
  };
  const begun = clock.monotonic();
  for (let n = 0; !signal.aborted; n++) {
    await clock.sleep(Math.max(0, begun + (n * 1000) / perSecond - clock.monotonic()));
    // On a machine that is busy with other things an API server refuses what it cannot take.
    if (running.size >= mostUnderWay) await Promise.race(running);
    const asking: Promise<void> = ask(`load-${n}`).finally(() => running.delete(asking));
    running.add(asking);
  }
  await Promise.all(running);
  return { answered, failures };
}
