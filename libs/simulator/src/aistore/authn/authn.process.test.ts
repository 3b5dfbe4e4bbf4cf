import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { fetchUrl, LocalCluster, type LocalProcess, type Reply } from '../testing/local-cluster.ts';

let cluster: LocalCluster;
let authn: LocalProcess | undefined;
const port = randomInt(20_000, 30_000);
const key = 'the shared key';

afterEach(async () => {
  authn?.process.kill('SIGKILL');
  await authn?.exit;
  await cluster[Symbol.asyncDispose]();
});

async function startAuthn(env: Record<string, string>): Promise<void> {
  const folder = join(cluster.folder, 'authn');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'authn.json'), JSON.stringify({ net: { http: { port } } }));
  authn = cluster.run('authn', [`-config=${folder}`], { AIS_AUTHN_SU_PASS: 'secret', ...env });
  await cluster.until('AuthN listens', () => authn?.output().includes('Listening') === true);
}

const ask = (method: string, path: string, body?: unknown, token?: string): Promise<Reply> =>
  fetchUrl(method, new URL(path, `http://127.0.0.1:${port}`), {
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });

async function login(user: string, password: string): Promise<string> {
  const { status, text } = await ask('POST', `/v1/users/${user}`, { password, expires_in: 0 });
  return status === 200 ? JSON.parse(text).token : `${status} ${JSON.parse(text).message}`;
}

test('a cluster that wants tokens lets in who AuthN knows, and changes itself for administrators only', async () => {
  cluster = await LocalCluster.started(1, 1, {
    env: { AIS_AUTHN_SECRET_KEY: key, AIS_STAND_IN_PACE: '0.01' },
  });
  await startAuthn({ AIS_AUTHN_SECRET_KEY: key });
  expect(await login('admin', 'wrong')).toMatch(/^401 .*invalid credentials/);
  const admin = await login('admin', 'secret');
  expect((await ask('POST', '/v1/users', { id: 'guest', password: 'g' }, admin)).status).toBe(200);
  const guest = await login('guest', 'g');
  expect((await cluster.act('set-config', { auth: { enabled: true } })).status).toBe(200);
  const asked = async (method: string, path: string, token?: string): Promise<number> => {
    const url = new URL(path, cluster.node('proxy-0').url);
    const body = JSON.stringify({ action: 'set-config', value: {} });
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return (await fetchUrl(method, url, { body, headers })).status;
  };
  const smap = '/v1/daemon?what=smap';
  expect(await asked('GET', '/v1/health')).toBe(200);
  expect([await asked('GET', smap), await asked('GET', smap, `${admin}x`)]).toEqual([401, 401]);
  expect([await asked('GET', smap, guest), await asked('PUT', '/v1/cluster', guest)]).toEqual([200, 403]);
  expect(await asked('PUT', '/v1/cluster', admin)).toBe(200);
});

test('AuthN keeps its users and its own key pair over a restart', async () => {
  cluster = await LocalCluster.create();
  const env = { AIS_AUTHN_PRIVATE_KEY_PASS: 'phrase' };
  await startAuthn(env);
  const admin = await login('admin', 'secret');
  await ask('POST', '/v1/users', { id: 'guest', password: 'g' }, admin);
  authn?.process.kill('SIGTERM');
  expect(await authn?.exit).toBe(0);
  await startAuthn(env);
  expect(JSON.parse((await ask('GET', '/v1/users', undefined, admin)).text)).toEqual([
    { id: 'admin' },
    { id: 'guest' },
  ]);
  const { keys } = JSON.parse((await ask('GET', '/.well-known/jwks.json')).text);
  expect(keys).toEqual([expect.objectContaining({ kty: 'RSA', alg: 'RS256' })]);
});
