import { Agent, request } from 'node:https';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, Lifetime, silentLogger, systemClock } from '@rackwright/core';
import { HealthChecks } from '@rackwright/service';
import { webApp } from './app.ts';
import type { CertificateSource, ServingCertificate } from './certificate.ts';
import { healthRoutes } from './health-routes.ts';
import { selfSignedCertificate } from './self-signed.ts';
import { answerTo, getSecure, serve } from './testing/serving.ts';

let lifetime: Lifetime;

beforeEach(() => {
  lifetime = new Lifetime();
});

afterEach(() => lifetime[Symbol.asyncDispose]());

function issue(host: string): Promise<ServingCertificate> {
  return selfSignedCertificate(host, systemClock.now());
}

function sourceOf(changes: Latest<ServingCertificate>): CertificateSource {
  return { current: () => changes.value, changes };
}

const app = (): ReturnType<typeof webApp> =>
  webApp(silentLogger, healthRoutes(new HealthChecks({ clock: systemClock })));

test('while the certificate is replaced again and again, every client gets in and is answered', async () => {
  const certificates = await Promise.all(['a.test', 'b.test', 'c.test'].map(issue));
  const newest = new Latest(await issue('first.test'));
  const port = await serve(lifetime, { app: app(), certificate: sourceOf(newest) });
  const names = new Set<string>();
  for (let round = 0; round < 15; round++) {
    const answers = Array.from({ length: 10 }, () => getSecure(port, '/healthz'));
    for (const certificate of certificates) {
      newest.set(certificate);
      await new Promise(setImmediate);
    }
    for (const { status, name } of await Promise.all(answers)) {
      expect(status).toBe(200);
      names.add(name);
    }
  }
  expect((await getSecure(port, '/healthz')).name).toBe('c.test');
  expect(names.size).toBeGreaterThan(1);
});

test('a connection that is open outlives a new certificate', async () => {
  const newest = new Latest(await issue('first.test'));
  const port = await serve(lifetime, { app: app(), certificate: sourceOf(newest) });
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  lifetime.defer(() => agent.destroy());
  const get = async (): Promise<unknown> => {
    const call = request({ host: '127.0.0.1', port, path: '/healthz', agent });
    call.end();
    return [(await answerTo(call)).status, call.reusedSocket];
  };
  expect(await get()).toEqual([200, false]);
  newest.set(await issue('second.test'));
  expect(await get()).toEqual([200, true]);
  expect((await getSecure(port, '/healthz')).name).toBe('second.test');
});

test('a certificate that cannot be used is logged and the one before it served on', async () => {
  const first = await issue('first.test');
  const newest = new Latest(first);
  const lines: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => lines.push(message) };
  const port = await serve(lifetime, {
    ...{ app: app(), certificate: sourceOf(newest), logger: logger as unknown as typeof silentLogger },
  });
  newest.set({ ...first, key: (await issue('other.test')).key });
  newest.set({ cert: 'no PEM', key: '' });
  expect(lines).toHaveLength(2);
  expect((await getSecure(port, '/healthz')).name).toBe('first.test');
});

test('a server whose first certificate cannot be used says so at the start', async () => {
  const certificate = sourceOf(new Latest({ cert: 'no PEM', key: '' }));
  await expect(serve(lifetime, { app: app(), certificate })).rejects.toMatchObject({
    code: 'FailedPrecondition',
    message: 'test: the certificate cannot be used',
  });
});
