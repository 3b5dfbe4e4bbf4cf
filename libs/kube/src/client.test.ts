import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient } from './client.ts';
import { fixedConnection } from './connection.ts';
import { KubeError } from './error.ts';
import { resources } from './resources.ts';
import { json, refuse, type Script, ScriptedServer } from './testing/scripted-server.ts';

async function serve(
  script: Script,
): Promise<{ server: ScriptedServer; client: KubeClient } & AsyncDisposable> {
  const server = await ScriptedServer.start(script);
  const client = new KubeClient({
    connection: fixedConnection({ server: server.url, token: 'secret' }),
    clock: systemClock,
    userAgent: 'test/1',
  });
  return {
    server,
    client,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function failure(work: Promise<unknown>): Promise<KubeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error(`expected a KubeError, got ${String(error)}`);
  return error;
}

test('a get asks the right path with the token and gives the object back', async () => {
  await using at = await serve((_, response) =>
    json(response, 200, { metadata: { name: 'a' }, data: { k: '' } }),
  );
  const object = await at.client.get(resources.configMaps, { namespace: 'ns', name: 'a' });
  expect(object.data).toEqual({ k: '' });
  expect(at.server.seen[0]?.url.pathname).toBe('/api/v1/namespaces/ns/configmaps/a');
  expect(at.server.seen[0]?.headers).toMatchObject({
    authorization: 'Bearer secret',
    'user-agent': 'test/1',
  });
});

test('three hundred requests one after the other use one connection', async () => {
  await using at = await serve((_, response) => json(response, 200, {}));
  for (let i = 0; i < 300; i++) await at.client.get(resources.nodes, { name: `n${i}` });
  expect(at.server.connections).toBe(1);
});

test('a list follows its pages and says what each item is', async () => {
  await using at = await serve((seen, response) => {
    const second = seen.url.searchParams.get('continue') === 'more';
    json(response, 200, {
      metadata: { resourceVersion: '7', ...(second ? {} : { continue: 'more' }) },
      items: [{ metadata: { name: second ? 'b' : 'a' } }],
    });
  });
  const list = await at.client.list(resources.nodes, { labelSelector: 'a=b,c' });
  expect(list.resourceVersion).toBe('7');
  expect(list.items.map((node) => [node.kind, node.apiVersion, node.metadata?.name])).toEqual([
    ['Node', 'v1', 'a'],
    ['Node', 'v1', 'b'],
  ]);
  expect(at.server.seen.map((seen) => seen.url.search)).toEqual([
    '?labelSelector=a%3Db%2Cc&limit=500',
    '?labelSelector=a%3Db%2Cc&limit=500&continue=more',
  ]);
});

test('a list whose continue tokens expire, however often, is read anew in one piece', async () => {
  await using at = await serve((seen, response) => {
    const { searchParams } = seen.url;
    if (searchParams.has('continue')) refuse(response, 410, 'Expired');
    else if (searchParams.has('limit')) {
      const items = [{ metadata: { name: 'old' } }];
      json(response, 200, { metadata: { resourceVersion: '1', continue: 'x' }, items });
    } else {
      json(response, 200, { metadata: { resourceVersion: '2' }, items: [{ metadata: { name: 'new' } }] });
    }
  });
  const list = await at.client.list(resources.nodes);
  expect(list.items.map((node) => node.metadata?.name)).toEqual(['new']);
  expect(list.resourceVersion).toBe('2');
  expect(at.server.seen.map(({ url }) => url.search)).toEqual(['?limit=500', '?limit=500&continue=x', '']);
});

test('a refusal carries code, status, reason and remedy', async () => {
  await using at = await serve((_, response) => refuse(response, 403, 'Forbidden'));
  const error = await failure(at.client.get(resources.nodes, { name: 'n' }));
  expect(error).toMatchObject({ code: 'Forbidden', status: 403, reason: 'Forbidden' });
  expect(error.remedy).toContain('permission');
  expect(error.message).toBe('GET /api/v1/nodes/n: Forbidden!');
});

test('an apply names its manager, takes fields over and keeps zero values', async () => {
  await using at = await serve((_, response) => json(response, 200, {}));
  const metadata = { name: 'a', namespace: 'ns', managedFields: [{}] };
  await at.client.apply(
    resources.configMaps,
    { metadata, data: { empty: '' }, immutable: false },
    { fieldManager: 'me' },
  );
  const [seen] = at.server.seen;
  expect(seen?.headers['content-type']).toBe('application/apply-patch+yaml');
  expect(seen?.url.search).toBe('?fieldManager=me&force=true');
  expect(JSON.parse(seen?.text ?? '')).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a', namespace: 'ns' },
    data: { empty: '' },
    immutable: false,
  });
});
