import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lifetime, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { Registry } from '@rackwright/service';
import { webApp } from './app.ts';
import type { ServingCertificate } from './certificate.ts';
import { CertificateReader, readCertificate } from './certificate-files.ts';
import { HttpServer } from './http-server.ts';
import { selfSigned } from './issuer.main.ts';
import { metricsRoutes } from './metrics-routes.ts';

let folder: string;
let lifetime: Lifetime;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-certificate-'));
  lifetime = new Lifetime();
});

afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const names = { cert: 'tls.crt', key: 'tls.key' };

async function write({ cert, key }: Partial<ServingCertificate>): Promise<void> {
  if (cert !== undefined) await writeFile(join(folder, names.cert), cert);
  if (key !== undefined) await writeFile(join(folder, names.key), key);
}

function issue(host = 'operator.test', now = systemClock.now()): Promise<ServingCertificate> {
  return selfSigned(host, now);
}

describe('a certificate is refused with its file and what is wrong', () => {
  test.each<[string, () => Promise<Partial<ServingCertificate>>, RegExp]>([
    ['that is not there', async () => ({}), /tls\.crt: it cannot be read/],
    ['without its key', async () => ({ cert: (await issue()).cert }), /tls\.key: it cannot be read/],
    ['that is no PEM', async () => ({ ...(await issue()), cert: 'hello' }), /tls\.crt: it is not PEM/],
    ['whose key is no PEM', async () => ({ ...(await issue()), key: '' }), /tls\.key: it is not PEM/],
    [
      'with the key of another',
      async () => ({ ...(await issue()), key: (await issue()).key }),
      /tls\.key: it is not the key of the certificate/,
    ],
    ['that expired', () => issue('operator.test', 0), /tls\.crt: it expired on 1979-12-30/],
  ])('%s', async (_, files, message) => {
    await write(await files());
    await expect(readCertificate({ folder, ...names }, systemClock.now())).rejects.toMatchObject({
      code: 'FailedPrecondition',
      message: expect.stringMatching(message),
    });
  });
});

/** The name in the certificate a new connection is shown. */
function shownName(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const call = request(
    { host: '127.0.0.1', port, path: '/metrics', rejectUnauthorized: false, agent: false },
    (response) => {
      const socket = response.socket as import('node:tls').TLSSocket;
      resolve(String(socket.getPeerCertificate().subject.CN));
      response.resume();
    },
  );
  call.on('error', reject);
  call.end();
  return promise;
}

test('a renewed certificate is served without a restart, and a bad one does not replace it', async () => {
  const clock = new ManualClock(systemClock.now());
  await write(await issue('first.test'));
  const reader = await CertificateReader.open({ folder, ...names }, { clock, logger: silentLogger });
  lifetime.spawn('reader', (signal) => reader.start(signal));
  const server = new HttpServer({
    name: 'metrics',
    address: { host: '127.0.0.1', port: 0 },
    app: webApp(silentLogger, metricsRoutes(new Registry())),
    certificate: reader,
    clock: systemClock,
    logger: silentLogger,
  });
  lifetime.spawn('server', (signal) => server.start(signal));
  const port = await server.port.until((value) => value > 0);
  expect(await shownName(port)).toBe('first.test');

  await write({ cert: 'half a file' });
  await clock.advance(10_000);
  expect(await shownName(port)).toBe('first.test');

  const renewed = await issue('second.test');
  await write(renewed);
  const arrived = reader.changes.until(({ cert }) => cert === renewed.cert, AbortSignal.timeout(10_000));
  await clock.advance(20_000);
  await arrived;
  expect(await shownName(port)).toBe('second.test');
});
