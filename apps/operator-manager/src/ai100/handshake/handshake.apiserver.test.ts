import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Latest, Lifetime, type LogFields, type Logger, silentLogger, systemClock } from '@rackwright/core';
import { aidaptivCache } from '@rackwright/keys';
import { KubeClient, type Pod, resources } from '@rackwright/kube';
import { Registry } from '@rackwright/service';
import { Handshaker } from '../../../../nvme-exporter/src/handshake/handshaker.ts';
import type { Ai100Config } from '../options.ts';
import { CacheEnvironment, namespace } from '../testing/cache-environment.ts';
import { KnownExporters } from './known-exporters.ts';
import { handshakeKeepers, handshakeServers } from './servers.ts';

const { secret, trust, audience } = aidaptivCache.handshake;
const account = { namespace, name: 'aidaptivcache-exporter' };
const metrics = new Registry();
const lifetime = new Lifetime();
const port = new Latest(0);
let testEnv: CacheEnvironment;
let folder: string;

/** Tells which port the server took. */
const logger: Logger = {
  ...silentLogger,
  debug: (message: string, fields: LogFields = {}) => {
    if (message === 'listening') port.set(Number(fields.port));
  },
};

beforeAll(async () => {
  testEnv = await CacheEnvironment.start();
  folder = await mkdtemp(join(tmpdir(), 'rw-handshake-'));
  const { admin } = testEnv;
  const metadata = { namespace, name: secret };
  await admin.create(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata });
  await admin.create(resources.configMaps, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap' },
    metadata: { namespace, name: trust },
  });
  for (const name of [account.name, 'somebody'])
    await admin.create(resources.serviceAccounts, {
      ...{ apiVersion: 'v1', kind: 'ServiceAccount' },
      metadata: { namespace, name },
    });
  await testEnv.addNode('n1');
  for (const name of [account.name, 'somebody']) await admin.create(resources.pods, podOf(name));
  const config = {
    ...{ namespace, handshakeBindAddress: '127.0.0.1:0', handshakeService: 'aidaptivcache-service' },
    handshakeCheckInterval: 1000,
  } as Ai100Config;
  const context = { config, clock: systemClock, logger, env: {}, metrics };
  const { client } = testEnv;
  const servers = handshakeServers(context, client, new KnownExporters(systemClock));
  for (const part of [...handshakeKeepers(context, client), ...servers])
    lifetime.spawn(part.name, (signal) => part.start(signal));
  await port.until((value) => value > 0, AbortSignal.timeout(60_000));
}, 120_000);

afterAll(async () => {
  await lifetime[Symbol.asyncDispose]();
  await testEnv?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function podOf(name: string): Pod {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name } },
    spec: { nodeName: 'n1', serviceAccountName: name, containers: [{ name: 'c', image: 'i' }] },
  };
}

/** A token as the kubelet gets it for a pod. */
async function tokenOf(name: string, audiences: string[] = [audience]): Promise<string> {
  const { uid = '' } = (await testEnv.admin.get(resources.pods, { namespace, name })).metadata ?? {};
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
  const spec = { audiences, expirationSeconds: 600, boundObjectRef };
  const { token } = await testEnv.admin.createToken({ namespace, name }, spec);
  return token;
}

async function trusted(): Promise<string> {
  const { data = {} } = await testEnv.admin.get(resources.configMaps, { namespace, name: trust });
  return data['ca.crt'] ?? '';
}

/** An exporter's own client, until it has been answered once; what it was told when it was not taken. */
async function shake(token: string, node = 'n1', ca?: string): Promise<string> {
  const mount = await mkdtemp(join(folder, 'mount-'));
  await writeFile(join(mount, 'token'), `${token}\n`);
  await writeFile(join(mount, 'ca.crt'), ca ?? (await trusted()));
  const told = new Latest('');
  const handshaker = new Handshaker({
    url: new URL(`https://127.0.0.1:${port.value}/handshake`),
    serverName: `aidaptivcache-service.${namespace}`,
    folder: mount,
    introduction: () => ({ node, version: '0.1.0', inventoryDigest: 'abc' }),
    clock: systemClock,
    logger: {
      ...silentLogger,
      warn: (_message: string, fields: LogFields = {}) => told.set(String(fields.error)),
    },
  });
  await using life = new Lifetime();
  life.spawn('handshake', (signal) => handshaker.start(signal));
  await testEnv.until('an answer', async () => handshaker.isUp || told.value !== '');
  return handshaker.isUp ? 'taken' : told.value;
}

test('an exporter that trusts what the operator publishes is known by the node of its token', async () => {
  expect(await shake(await tokenOf(account.name))).toBe('taken');
  const text = await metrics.metrics();
  expect(text).toContain('ai100_handshakes_total{result="accepted"} 1\n');
  expect(text).toMatch(
    /ai100_handshake_timestamp_seconds\{node="n1",version="0\.1\.0"\} 1\.\d+e\+?9|\} \d{10}/,
  );
});

test.each<[string, string, () => Promise<string>, RegExp]>([
  ['for the API server', 'n1', () => tokenOf(account.name, []), /answered 401.*audience/],
  ['of another account', 'n1', () => tokenOf('somebody'), /answered 403.*not the account of exporters/],
  ['that is none', 'n1', async () => 'x.y.z', /answered 401/],
  ['of another node', 'n2', () => tokenOf(account.name), /answered 403.*issued for node n1, not n2/],
])('a token %s is refused', async (_, node, token, told) => {
  expect(await shake(await token(), node)).toMatch(told);
});

test('an exporter tells its token to nobody it does not trust', async () => {
  const { cert } = await testEnv.plane.certificate({ commonName: 'x' });
  expect(await shake(await tokenOf(account.name), 'n1', cert)).toMatch(/certificate|self.signed/);
});

test('a certificate that is lost is made anew and trusted, without a restart', async () => {
  const before = await trusted();
  const data = null as never;
  await testEnv.admin.patch(resources.secrets, { namespace, name: secret }, { data }, { strategy: 'merge' });
  await testEnv.until('another certificate', async () => (await trusted()) !== before);
  const token = await tokenOf(account.name);
  await testEnv.until('it to be served', async () => (await shake(token)) === 'taken');
});

test('the operator may touch no Secret and no ConfigMap but these', async () => {
  const connection = await testEnv.plane.serviceAccount({ namespace, name: 'aidaptivcache-operator' });
  await using client = new KubeClient({ connection, clock: systemClock, userAgent: 'test' });
  await expect(client.list(resources.secrets, { namespace })).rejects.toThrow(/forbidden/);
  await expect(client.get(resources.configMaps, { namespace, name: 'kube-root-ca.crt' })).rejects.toThrow(
    /forbidden/,
  );
});
