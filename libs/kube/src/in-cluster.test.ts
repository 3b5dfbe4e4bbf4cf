import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { inClusterConnection } from './in-cluster.ts';

const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(`${tmpdir()}/rw-in-cluster-`);
  folder = `${root}/var/run/secrets/kubernetes.io/serviceaccount`;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/token`, 'one\n');
  await writeFile(`${folder}/ca.crt`, 'CA');
  await writeFile(`${folder}/namespace`, 'apps\n');
});

afterEach(() => rm(root, { recursive: true }));

test('a pod finds server, namespace, token and CA', async () => {
  const connection = inClusterConnection({ env, containerRoot: root, clock: new ManualClock() });
  expect(connection).toMatchObject({ server: 'https://10.0.0.1:443', namespace: 'apps' });
  expect(await connection.credentials()).toEqual({ token: 'one', ca: 'CA' });
});

test('a server with an IPv6 address gets its brackets', () => {
  const connection = inClusterConnection({
    env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' },
    containerRoot: `${root}/`,
    clock: new ManualClock(),
  });
  expect(connection.server).toBe('https://[fd00::1]:443');
});

test('a rotated token is used after a minute, and at once when fresh ones are asked for', async () => {
  const clock = new ManualClock();
  const connection = inClusterConnection({ env, containerRoot: root, clock });
  await connection.credentials();
  await writeFile(`${folder}/token`, 'two');
  expect(await connection.credentials()).toMatchObject({ token: 'one' });
  await clock.advance(60_000);
  expect(await connection.credentials()).toMatchObject({ token: 'two' });
  await writeFile(`${folder}/token`, 'three');
  expect(await connection.credentials({ fresh: true })).toMatchObject({ token: 'three' });
  expect(await connection.credentials()).toMatchObject({ token: 'three' });
});

test('a failed read is not remembered', async () => {
  const connection = inClusterConnection({ env, containerRoot: root, clock: new ManualClock() });
  await rm(`${folder}/token`);
  await expect(connection.credentials()).rejects.toMatchObject({ code: 'FailedPrecondition' });
  await writeFile(`${folder}/token`, 'back');
  expect(await connection.credentials()).toMatchObject({ token: 'back' });
});

test('while the token cannot be read the last one is used, and a new one as soon as there is one', async () => {
  const clock = new ManualClock();
  const connection = inClusterConnection({ env, containerRoot: root, clock });
  await connection.credentials();
  await rm(`${folder}/token`);
  await clock.advance(60_000);
  expect(await connection.credentials()).toMatchObject({ token: 'one' });
  await writeFile(`${folder}/token`, 'two');
  expect(await connection.credentials()).toMatchObject({ token: 'two' });
  await rm(`${folder}/token`);
  await expect(connection.credentials({ fresh: true })).rejects.toMatchObject({ code: 'FailedPrecondition' });
});

test.each(['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'])('without %s the error names it', (name) => {
  const options = { env: { ...env, [name]: undefined }, containerRoot: root, clock: new ManualClock() };
  expect(() => inClusterConnection(options)).toThrow(`${name} is not set`);
});

test.each(['token', 'ca.crt', 'namespace'])('without the file %s the error names it', async (name) => {
  await rm(`${folder}/${name}`);
  const options = { env, containerRoot: root, clock: new ManualClock() };
  expect(() => inClusterConnection(options)).toThrow(`serviceaccount/${name} cannot be read`);
});
