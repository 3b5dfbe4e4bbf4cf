import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { fixedConnection } from './connection.ts';
import { tour } from './testing/readme-example.ts';
import { json, refuse, ScriptedServer, streaming } from './testing/scripted-server.ts';

function text(path: string): Promise<string> {
  return readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
}

test('the example in the README is the one that is compiled', async () => {
  const [, example] = /```ts\n([\s\S]*?)```/.exec(await text('../README.md')) ?? [];
  expect(example).toBe(await text('./testing/readme-example.ts'));
});

test('the example does what the README says', async () => {
  await using server = await ScriptedServer.start(({ method, url }, response) => {
    if (url.searchParams.has('watch')) {
      streaming(response)('ADDED', { metadata: { name: 'n2' } });
      response.end();
    } else if (url.pathname.endsWith('/eviction')) refuse(response, 404, 'NotFound');
    else if (method === 'GET') json(response, 200, { items: [{ metadata: { name: 'n1' } }], metadata: {} });
    else json(response, 201, {});
  });
  const connection = fixedConnection({ server: server.url });
  expect(await tour(connection, new AbortController().signal)).toEqual(['n1', 'ADDED n2']);
  expect(server.seen.map(({ method, url }) => `${method} ${url.pathname}`)).toContain(
    'POST /apis/events.k8s.io/v1/namespaces/default/events',
  );
});
