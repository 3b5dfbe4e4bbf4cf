import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient, resources } from '@rackwright/kube';
import { ControlPlane, ProgramResolver, waitUntil } from '@rackwright/testbed/without-nodes';
import { json, ScriptedServer } from '../../../../../libs/kube/src/testing/scripted-server.ts';
import { loginBy } from './logins.ts';

const clock = systemClock;
const account = { namespace: 'default', name: 'operator' };
let plane: ControlPlane;
let admin: KubeClient;

beforeAll(async () => {
  const programs = new ProgramResolver({ env: process.env, clock, progress: () => undefined });
  plane = await ControlPlane.start({ programs, clock });
  admin = new KubeClient({ connection: plane.admin(), clock, userAgent: 'test' });
}, 120_000);

afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await plane?.[Symbol.asyncDispose]();
});

test('the right to ask for tokens of its own account is enough for an operator that exchanges one', async () => {
  const { namespace, name } = account;
  const apiGroup = 'rbac.authorization.k8s.io';
  const rule = {
    apiGroups: [''],
    resources: ['serviceaccounts/token'],
    resourceNames: [name],
    verbs: ['create'],
  };
  await admin.create(resources.serviceAccounts, { metadata: account });
  await admin.create(resources.roles, { metadata: account, rules: [rule] });
  await admin.create(resources.roleBindings, {
    metadata: account,
    roleRef: { apiGroup, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  const { token } = await admin.createToken(account);
  await using operator = new KubeClient({
    connection: { server: plane.server, credentials: () => Promise.resolve({ ca: plane.ca, token }) },
    ...{ clock, userAgent: 'operator' },
  });
  await using issuer = await ScriptedServer.start((_, response) =>
    json(response, 200, { access_token: 'exchanged', expires_in: 300 }),
  );
  const login = loginBy(
    {
      ...{ saidBy: 'AIStoreAuthProfile robots', serviceUrl: issuer.url, skipVerify: false },
      proof: { kind: 'account', endpoint: '/token', audiences: [], subjectAudience: 'idp' },
    },
    operator,
    clock,
  );
  // The API server takes a moment to know of a new role.
  const issued = await waitUntil('a token', () => login().catch(() => undefined), {
    clock,
    deadlineMs: 60_000,
  });
  expect(issued).toMatchObject({ value: 'exchanged' });
  const [, payload = ''] = (new URLSearchParams(issuer.seen[0]?.text).get('subject_token') ?? '').split('.');
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).toMatchObject({
    ...{ aud: ['idp'], sub: `system:serviceaccount:${namespace}:${name}` },
  });
}, 120_000);
