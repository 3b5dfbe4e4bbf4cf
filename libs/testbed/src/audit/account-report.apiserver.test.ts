import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, type KubeConnection, resources } from '@rackwright/kube';
import { ControlPlane } from '../control-plane/control-plane.ts';
import { ProgramResolver } from '../programs/resolver.ts';
import { accountReport } from './account-report.ts';
import { serviceAccountUser } from './audit-log.ts';
import { formatDenied } from './denied.ts';
import { formatGrant, readRbac } from './grants.ts';

const clock = systemClock;
const account = { namespace: 'default', name: 'robot' };
const user = serviceAccountUser(account);
const apiGroup = 'rbac.authorization.k8s.io';
let plane: ControlPlane;
let admin: KubeClient;
let robot: KubeClient;

function client(connection: KubeConnection): KubeClient {
  return new KubeClient({ connection, clock, userAgent: 'audit-test' });
}

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  admin = client(plane.admin());
  await admin.create(resources.serviceAccounts, { metadata: account });
  await admin.create(resources.clusterRoles, {
    metadata: { name: 'target' },
    rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
  });
  await admin.create(resources.clusterRoles, {
    metadata: { name: 'robot' },
    rules: [
      {
        apiGroups: [''],
        resources: ['configmaps'],
        verbs: ['create', 'get', 'list', 'patch', 'watch', 'delete'],
      },
      { apiGroups: [apiGroup], resources: ['rolebindings'], verbs: ['create', 'delete'] },
      {
        apiGroups: [apiGroup],
        resources: ['clusterroles'],
        resourceNames: ['target', 'other'],
        verbs: ['bind'],
      },
    ],
  });
  await admin.create(resources.clusterRoleBindings, {
    metadata: { name: 'robot' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'robot' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
  robot = client(await plane.serviceAccount(account));
}, 120_000);

afterAll(async () => {
  await robot[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
}, 60_000);

test('the log tells what an account was refused, what it used, and what it has for nothing', async () => {
  await robot.apply(
    resources.configMaps,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'default', name: 'applied' } },
    { fieldManager: 'robot' },
  );
  await expect(robot.get(resources.secrets, { namespace: 'default', name: 's' })).rejects.toThrow();
  const binding = { namespace: 'default', name: 'b' };
  await robot.create(resources.roleBindings, {
    metadata: binding,
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'target' },
    subjects: [],
  });
  await robot.delete(resources.roleBindings, binding);

  const stop = new AbortController();
  const { resourceVersion } = await admin.list(resources.configMaps);
  const watch = robot
    .watch(resources.configMaps, { resourceVersion, signal: stop.signal })
    [Symbol.asyncIterator]();
  const first = watch.next();
  await admin.create(resources.configMaps, { metadata: { namespace: 'default', name: 'seen' } });
  await first;

  const report = accountReport(user, await plane.auditEvents(), await readRbac(admin));
  stop.abort();
  await watch.return?.();

  expect(report.denied.map(formatDenied)).toEqual([
    expect.stringMatching(
      /robot: get secrets default\/s refused by authorization, 1 times: .*cannot get resource/,
    ),
  ]);
  expect(report.used).toEqual([
    { target: `clusterroles.${apiGroup}`, verbs: ['bind'], names: ['target'] },
    { target: 'configmaps', verbs: ['create', 'patch', 'watch'], names: ['applied'] },
    { target: `rolebindings.${apiGroup}`, verbs: ['create', 'delete'], names: ['b'] },
  ]);
  expect(report.unused.map(formatGrant)).toEqual([
    'get configmaps (ClusterRole/robot)',
    'list configmaps (ClusterRole/robot)',
    'delete configmaps (ClusterRole/robot)',
    `bind clusterroles.${apiGroup} other (ClusterRole/robot)`,
  ]);
});
