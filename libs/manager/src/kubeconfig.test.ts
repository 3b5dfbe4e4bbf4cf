import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { kubeconfigConnection } from './kubeconfig.main.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-kubeconfig-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function kubeconfig(user: object, currentContext = 'here'): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  const cluster = {
    server: 'https://127.0.0.1:6443/',
    'certificate-authority-data': Buffer.from('CA').toString('base64'),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'here', context: { cluster: 'c', user: 'u', namespace: 'ns' } }],
    'current-context': currentContext,
  };
  await writeFile(path, JSON.stringify(config));
  return path;
}

test('a token and the authority are taken from the current context', async () => {
  const connection = kubeconfigConnection(await kubeconfig({ token: 'abc' }));
  expect(connection).toMatchObject({ server: 'https://127.0.0.1:6443', namespace: 'ns' });
  expect(await connection.credentials()).toMatchObject({ ca: 'CA', token: 'abc' });
});

test('a client certificate is too', async () => {
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const user = { 'client-certificate-data': data('CERT'), 'client-key-data': data('KEY') };
  const credentials = await kubeconfigConnection(await kubeconfig(user)).credentials();
  expect(credentials).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY' });
});

test('an exec plugin is asked for its token', async () => {
  const credential = {
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token: 'fresh' },
  };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'echo',
    args: [JSON.stringify(credential)],
    interactiveMode: 'Never',
  };
  const connection = kubeconfigConnection(await kubeconfig({ exec }));
  expect(await connection.credentials()).toMatchObject({ token: 'fresh' });
});

test('of several files the first that names a thing counts, the current context too', async () => {
  const withoutContext = await kubeconfig({ token: 'first' }, '');
  const second = await kubeconfig({ token: 'second' });
  expect(await kubeconfigConnection(second, withoutContext).credentials()).toMatchObject({ token: 'second' });
  expect(await kubeconfigConnection(withoutContext, second).credentials()).toMatchObject({ token: 'first' });
});

test('a file that is missing or names no cluster is refused with its name', async () => {
  expect(() => kubeconfigConnection('/does/not/exist')).toThrow('/does/not/exist');
  const path = await kubeconfig({ token: 'x' }, 'nowhere');
  expect(() => kubeconfigConnection(path)).toThrow('names no cluster');
});
