import { createServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { loadIssuer } from '../../web/src/issuer.ts';
import { AisClient } from './client.ts';
import { Conversation } from './testing/ais-server.ts';
import type { AisTls } from './tls.ts';

const { makeAuthority, makeCertificate } = await loadIssuer();
const validity = { nowMs: systemClock.now(), lifetimeMs: 3_600_000 };
type Pair = Awaited<ReturnType<typeof makeAuthority>>;

let authority: Pair;
let server: Pair;
let client: Pair;

beforeAll(async () => {
  authority = await makeAuthority('AIS CA', validity);
  server = await makeCertificate(authority, ['localhost'], validity);
  client = await makeCertificate(authority, ['operator'], validity, { client: true });
});

/** Whether a cluster with these TLS settings is healthy for a client with those. */
async function health(settings: ServerOptions, tls: AisTls | undefined): Promise<boolean> {
  const https = createServer(settings, (_, response) => response.end());
  await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve));
  const { port } = https.address() as AddressInfo;
  using talk = new AisClient({ baseUrl: `https://localhost:${port}`, tls, clock: systemClock });
  try {
    return await talk.health();
  } finally {
    https.closeAllConnections();
    await new Promise((resolve) => https.close(resolve));
  }
}

test('a cluster is trusted whose certificate the given CA has signed', async () => {
  expect(await health(server, { ca: authority.cert })).toBe(true);
});

test.each<[string, () => AisTls | undefined]>([
  ['no CA', () => undefined],
  ['only a client certificate', () => ({ cert: client.cert, key: client.key })],
])('a cluster whose CA is not known is an error, not one that is not ready: %s', async (_, tls) => {
  await expect(health(server, tls())).rejects.toMatchObject({
    ...{ code: 'FailedPrecondition', reason: 'CertificateFailure' },
  });
});

test('a certificate of another name is an error, unless nothing is checked', async () => {
  const other = await makeCertificate(authority, ['other'], validity);
  await expect(health(other, { ca: authority.cert })).rejects.toMatchObject({ reason: 'CertificateFailure' });
  expect(await health(other, { insecureSkipVerify: true })).toBe(true);
});

test('a certificate that has expired is an error', async () => {
  const yesterday = { nowMs: validity.nowMs - 86_400_000, lifetimeMs: 3_600_000 };
  const old = await makeCertificate(authority, ['localhost'], yesterday);
  await expect(health(old, { ca: authority.cert })).rejects.toMatchObject({ reason: 'CertificateFailure' });
});

test('a client certificate is shown where the cluster asks for one', async () => {
  const settings = { ...server, requestCert: true, rejectUnauthorized: true, ca: authority.cert };
  const { cert, key } = client;
  expect(await health(settings, { ca: authority.cert, cert, key })).toBe(true);
  await expect(health(settings, { ca: authority.cert })).rejects.toMatchObject({
    reason: 'CertificateFailure',
  });
});

test('a cluster that does not speak TLS yet is not ready', async () => {
  await using plain = await Conversation.start((_, response) => response.end());
  using talk = new AisClient({ baseUrl: plain.server.url.replace('http:', 'https:'), clock: systemClock });
  await expect(talk.config()).rejects.toMatchObject({ code: 'Unavailable', reason: 'SchemeMismatch' });
  expect(await talk.health()).toBe(false);
});

test('a CA or a key that makes no sense is refused at once', () => {
  const make = (tls: AisTls): AisClient => new AisClient({ baseUrl: 'https://ais', tls, clock: systemClock });
  expect(() => make({ cert: 'x', key: 'y' })).toThrow(/a certificate or key for AIStore makes no sense/);
  expect(() => make({ ca: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----' })).toThrow(
    /makes no sense/,
  );
});
