import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, type KubeConnection, resources } from '@rackwright/kube';
import { ProgramResolver } from '../programs/resolver.ts';
import { ControlPlane } from './control-plane.ts';

const clock = systemClock;
const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
let plane: ControlPlane;
let admin: KubeClient;

function client(connection: KubeConnection): KubeClient {
  return new KubeClient({ connection, clock, userAgent: 'control-plane-test' });
}

beforeAll(async () => {
  plane = await ControlPlane.start({ programs, clock, components: ['controller-manager', 'scheduler'] });
  admin = client(plane.admin());
}, 120_000);

afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  await expect(access(plane.folder)).rejects.toThrow(/ENOENT/);
}, 60_000);

test('once started, pods can be created: the default ServiceAccount is there', async () => {
  const pod = await admin.create(resources.pods, {
    metadata: { namespace: 'default', name: 'first' },
    spec: { containers: [{ name: 'a', image: 'a' }] },
  });
  expect(pod.metadata?.name).toBe('first');
});

test('kubectl speaks to the API server as administrator, and keeps its files in the run folder', async () => {
  const outcome = await plane.kubectl('get', 'namespace', 'default', '--output=name');
  expect(outcome).toMatchObject({ code: 0, stdout: 'namespace/default\n' });
  await access(join(plane.folder, '.kube/cache'));
});

test('Helm speaks to the same cluster', async () => {
  expect(await plane.helm('list', '--output=json')).toMatchObject({ code: 0, stdout: '[]\n' });
});

test('keys and kubeconfigs can be read by their owner only', async () => {
  for (const name of ['ca.key', 'service-account.key', 'admin.kubeconfig']) {
    expect((await stat(join(plane.folder, name))).mode & 0o777).toBe(0o600);
  }
});

test('a user has the rights RBAC gives, and no others', async () => {
  await using jane = client(plane.as('jane', ['viewers']));
  await expect(jane.list(resources.pods, { namespace: 'default' })).rejects.toMatchObject({
    code: 'Forbidden',
    message: expect.stringMatching(/User "jane" cannot list resource "pods"/),
  });
  await plane.kubectl('create', 'clusterrolebinding', 'viewers', '--clusterrole=view', '--group=viewers');
  expect((await jane.list(resources.pods, { namespace: 'default' })).items).toHaveLength(1);
});

test('a node writes its own Node object and no other', async () => {
  await using node = client(plane.node('n1'));
  await node.create(resources.nodes, { metadata: { name: 'n1' } });
  await expect(node.create(resources.nodes, { metadata: { name: 'n2' } })).rejects.toMatchObject({
    code: 'Forbidden',
  });
});

test('a ServiceAccount is itself, also through a kubeconfig', async () => {
  await plane.kubectl('create', 'serviceaccount', 'robot');
  const connection = await plane.serviceAccount({ namespace: 'default', name: 'robot' });
  const file = join(plane.folder, 'robot.kubeconfig');
  await plane.kubeconfigFor(connection, file);
  const outcome = await plane.kubectl(
    '--kubeconfig',
    file,
    'auth',
    'whoami',
    '--output=jsonpath={.status.userInfo.username}',
  );
  expect(outcome).toMatchObject({ code: 0, stdout: 'system:serviceaccount:default:robot' });
});

test('a ServiceAccount that does not exist is told at once', async () => {
  await expect(plane.serviceAccount({ name: 'nobody' })).rejects.toMatchObject({ code: 'NotFound' });
});

test('a ValidatingAdmissionPolicy takes effect', async () => {
  const outcome = await plane.kubectl(
    'api-resources',
    '--api-group=admissionregistration.k8s.io',
    '--output=name',
  );
  expect(outcome.stdout).toMatch(/^validatingadmissionpolicies\./m);
  const plugins = await readFile(join(plane.folder, 'kube-apiserver.log'), 'utf8');
  expect(plugins).toMatch(/Loaded \d+ validating admission controller.*ValidatingAdmissionPolicy/);
});

test('each request is in the audit log, with who, what and whether it was allowed', async () => {
  const name = 'seen-by-the-audit-log';
  await expect(admin.get(resources.configMaps, { namespace: 'default', name })).rejects.toThrow();
  const events = await plane.auditEvents({ user: (user) => user === 'admin' });
  expect(events.filter((event) => event.name === name)).toEqual([
    expect.objectContaining({
      verb: 'get',
      group: '',
      resource: 'configmaps',
      namespace: 'default',
      code: 404,
      authorized: true,
    }),
  ]);
});

test('the API server comes back at the same address with everything it knew', async () => {
  const { server } = plane;
  await plane.stopApiServer();
  await expect(admin.get(resources.pods, { namespace: 'default', name: 'first' })).rejects.toMatchObject({
    code: 'Unavailable',
  });
  await plane.startApiServer();
  expect(plane.server).toBe(server);
  const pod = await admin.get(resources.pods, { namespace: 'default', name: 'first' });
  expect(pod.metadata?.name).toBe('first');
  await expect(plane.startApiServer()).rejects.toMatchObject({ code: 'FailedPrecondition' });
}, 60_000);
