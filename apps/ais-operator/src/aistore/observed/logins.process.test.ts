import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { errorMessage, ManualClock, systemClock } from '@rackwright/core';
import { KubeClient } from '@rackwright/kube';
import {
  json,
  refuse,
  type Script,
  ScriptedServer,
} from '../../../../../libs/kube/src/testing/scripted-server.ts';
import {
  LocalCluster,
  type LocalProcess,
} from '../../../../../libs/simulator/src/aistore/testing/local-cluster.ts';
import type { LoginMethod } from '../login-method.ts';
import { AisClients } from './clients.ts';
import { loginBy, loginVersions } from './logins.ts';
import { observe } from './observer.ts';

const key = 'the shared key';
const port = randomInt(20_000, 30_000);
const { signal } = new AbortController();
const secretPath = '/api/v1/namespaces/ais/secrets/login';

let cluster: LocalCluster;
let authn: LocalProcess;
let server: ScriptedServer;
let client: KubeClient;
/** What the API server has of the Secret. */
let secret: { readonly version: string; readonly password: string } | undefined;

const script: Script = ({ method, url: { pathname } }, response) => {
  if (method === 'GET' && pathname === secretPath && secret !== undefined) {
    const data = { 'SU-NAME': base64('admin'), 'SU-PASS': base64(secret.password) };
    json(response, 200, { metadata: { uid: 'u', resourceVersion: secret.version }, data });
  } else refuse(response, 404, 'NotFound');
};

beforeAll(async () => {
  server = await ScriptedServer.start(script);
  client = new KubeClient({
    connection: { server: server.url, credentials: () => Promise.resolve({}) },
    ...{ clock: systemClock, userAgent: 'ais-operator' },
  });
  cluster = await LocalCluster.started(1, 1, {
    env: { AIS_AUTHN_SECRET_KEY: key, AIS_STAND_IN_PACE: '0.01' },
  });
  await startAuthn();
  expect((await cluster.act('set-config', { auth: { enabled: true } })).status).toBe(200);
}, 60_000);

afterAll(async () => {
  authn?.process.kill('SIGKILL');
  await authn?.exit;
  await client?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

async function startAuthn(): Promise<void> {
  const folder = join(cluster.folder, 'authn');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'authn.json'), JSON.stringify({ net: { http: { port } } }));
  const env = { AIS_AUTHN_SU_PASS: 'secret', AIS_AUTHN_SECRET_KEY: key };
  authn = cluster.run('authn', [`-config=${folder}`], env);
  await cluster.until('AuthN listens', () => authn.output().includes('Listening'));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

const byPassword = (): LoginMethod => ({
  ...{ saidBy: 'AIStoreAuthProfile people', serviceUrl: `http://127.0.0.1:${port}`, skipVerify: false },
  proof: {
    kind: 'password',
    secret: { namespace: 'ais', name: 'login', userKey: 'SU-NAME', passKey: 'SU-PASS' },
  },
});

test('a cluster that wants tokens is looked at with one of AuthN, and what keeps it from that is told', async () => {
  using clients = new AisClients(systemClock, client, undefined);
  const look = async (login: LoginMethod | undefined) => {
    const versions = await loginVersions(login, client, signal);
    const access = {
      baseUrl: cluster.node('proxy-0').url,
      skipVerify: false,
      login,
      loginVersions: versions,
    };
    return observe(clients.of('ais/ais', access), systemClock, signal);
  };
  expect(await look(undefined)).toMatchObject({ isLoginRefused: true });
  secret = undefined;
  const missing = await look(byPassword());
  expect(missing).toMatchObject({ isLoginRefused: true });
  expect(missing.problem).toMatch(/AIStoreAuthProfile people.*there is no Secret ais\/login/);
  secret = { version: '1', password: 'not this one' };
  const wrong = await look(byPassword());
  expect(wrong).toMatchObject({ isLoginRefused: true });
  expect(wrong.problem).not.toContain('not this one');
  secret = { version: '2', password: 'secret' };
  const seen = await look(byPassword());
  expect(seen.problem).toBeUndefined();
  expect(seen.map?.targets.size).toBe(1);
});

test('weakness 14: passes that come together share one login, and a cluster that is gone leaves no token', async () => {
  using clients = new AisClients(systemClock, client, undefined);
  secret = { version: '3', password: 'secret' };
  const login = byPassword();
  const access = { baseUrl: cluster.node('proxy-0').url, skipVerify: false, login, loginVersions: '3' };
  const logins = (): number => server.seen.filter(({ url }) => url.pathname === secretPath).length;
  const before = logins();
  const looks = [1, 2, 3].map(() => observe(clients.of('ais/ais', access), systemClock, signal));
  for (const { problem } of await Promise.all(looks)) expect(problem).toBeUndefined();
  expect(logins() - before).toBe(1);
  clients.forget('ais/ais');
  await observe(clients.of('ais/ais', access), systemClock, signal);
  expect(logins() - before).toBe(2);
});

test('AuthN that is down is told of, and once it is back the cluster is looked at again', async () => {
  using clients = new AisClients(systemClock, client, undefined);
  secret = { version: '4', password: 'secret' };
  const access = { baseUrl: cluster.node('proxy-0').url, skipVerify: false, login: byPassword() };
  authn.process.kill('SIGKILL');
  await authn.exit;
  const look = () => observe(clients.of('ais/ais', access), systemClock, signal);
  const down = await look();
  expect(down).toMatchObject({ isLoginRefused: true });
  expect(down.problem).toMatch(/the login of AIStoreAuthProfile people failed/);
  await startAuthn();
  expect((await look()).problem).toBeUndefined();
});

test("a token of the operator's own account, for ten minutes, is exchanged", async () => {
  const review = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const userInfo = { username: 'system:serviceaccount:system:operator' };
  await using api = await ScriptedServer.start(({ url: { pathname } }, response) => {
    if (pathname === review) json(response, 201, { status: { userInfo } });
    else if (pathname === '/api/v1/namespaces/system/serviceaccounts/operator/token')
      json(response, 201, { status: { token: 'own.token.x', expirationTimestamp: '' } });
    else json(response, 200, { access_token: 'exchanged', expires_in: 300 });
  });
  await using kube = new KubeClient({
    connection: { server: api.url, credentials: () => Promise.resolve({}) },
    ...{ clock: systemClock, userAgent: 'ais-operator' },
  });
  const method: LoginMethod = {
    ...{ saidBy: 'AIStoreAuthProfile robots', serviceUrl: api.url, skipVerify: false },
    proof: { kind: 'account', endpoint: '/token', audiences: ['ais'], subjectAudience: 'idp' },
  };
  const token = await loginBy(method, kube, new ManualClock(1_000_000))();
  expect(token).toEqual({ value: 'exchanged', expiresAt: 1_300_000 });
  const [, asked, exchanged] = api.seen;
  expect(JSON.parse(asked?.text ?? '').spec).toEqual({ audiences: ['idp'], expirationSeconds: 600 });
  const form = new URLSearchParams(exchanged?.text);
  expect([form.get('subject_token'), form.getAll('audience')]).toEqual(['own.token.x', ['ais']]);
});

test('authorities of a ConfigMap that is not there are told of by name', async () => {
  const method = { ...byPassword(), ca: { namespace: 'trust', name: 'roots', key: 'ca.crt' } };
  const failure = await loginBy(method, client, systemClock)().then(() => '', errorMessage);
  expect(failure).toMatch(/there is no ConfigMap trust\/roots/);
});
