import { expect, test } from '@jest/globals';
import { json, ScriptedServer } from '../../kube/src/testing/scripted-server.ts';
import { Conversation } from './testing/ais-server.ts';
import { fixedToken } from './token-source.ts';

test('an object is put and got at the target that the proxy points to, with the token', async () => {
  await using target = await ScriptedServer.start(({ method, text }, response) =>
    response.end(method === 'PUT' ? '' : `object${text}`),
  );
  await using talk = await Conversation.start(
    ({ url }, response) =>
      response.writeHead(307, { location: `${target.url}${url.pathname}${url.search}&uproxy=p1` }).end(),
    { token: fixedToken('secret') },
  );
  await talk.client.objects.putObject('b', 'dir/a b', 'content');
  expect((await talk.client.objects.getObject('b', 'dir/a b')).toString()).toBe('object');
  expect(
    target.seen.map(({ method, url, text }) => `${method} ${url.pathname}${url.search} ${text}`),
  ).toEqual([
    'PUT /v1/objects/b/dir/a%20b?provider=ais&uproxy=p1 content',
    'GET /v1/objects/b/dir/a%20b?provider=ais&uproxy=p1 ',
  ]);
  expect(target.seen[0]?.headers.authorization).toBe('Bearer secret');
});

test('redirects that lead round in a circle, or from https to http, are not followed for ever', async () => {
  await using talk = await Conversation.start(({ url }, response) =>
    response.writeHead(307, { location: url.href }).end(),
  );
  await expect(talk.client.objects.getObject('b', 'o')).rejects.toMatchObject({
    reason: 'UnexpectedRedirect',
  });
  expect(talk.server.seen).toHaveLength(4);
});

test('only objects are elsewhere: a redirect of the cluster map is an error', async () => {
  await using talk = await Conversation.start((_, response) =>
    response.writeHead(302, { location: '/x' }).end(),
  );
  await expect(talk.client.clusterMap()).rejects.toMatchObject({ reason: 'UnexpectedRedirect', status: 302 });
  expect(talk.server.seen).toHaveLength(1);
});

test('an object that is lost is told as not found', async () => {
  await using talk = await Conversation.start((_, response) => response.writeHead(404).end());
  await expect(talk.client.objects.getObject('b', 'o')).rejects.toMatchObject({ reason: 'NotFound' });
});

test('a bucket is created, and one that is there already is there', async () => {
  await using talk = await Conversation.start((_, response) => response.end());
  await talk.client.objects.createBucket('b');
  const body = { message: 'bucket "ais://b" already exists', tcode: 'ErrBucketAlreadyExists', status: 409 };
  talk.server.script = (_, response) => json(response, 409, body);
  await talk.client.objects.createBucket('b');
  expect(talk.asked).toEqual(Array(2).fill('POST /v1/buckets/b?provider=ais'));
  talk.server.script = (_, response) => json(response, 409, { message: 'busy', tcode: 'ErrBusy' });
  await expect(talk.client.objects.createBucket('b')).rejects.toMatchObject({ reason: 'Busy' });
});

test('all objects are listed, however many pages there are', async () => {
  const pages = [
    { uuid: 'u1', continuation_token: 'c1', entries: [{ name: 'a' }, { name: 'b' }] },
    { uuid: 'u1', continuation_token: '', entries: [{ name: 'c' }] },
  ];
  let page = 0;
  await using talk = await Conversation.start((_, response) => json(response, 200, pages[page++]));
  expect(await talk.client.objects.listObjects('b')).toEqual(['a', 'b', 'c']);
  expect(talk.bodies).toEqual([
    { action: 'list', value: { props: 'name' } },
    { action: 'list', value: { props: 'name', uuid: 'u1', continuation_token: 'c1' } },
  ]);
});

test('an empty bucket has no objects, and nonsense is no listing', async () => {
  await using talk = await Conversation.start((_, response) => json(response, 200, { entries: null }));
  expect(await talk.client.objects.listObjects('b')).toEqual([]);
  talk.server.script = (_, response) => json(response, 200, { entries: [{ size: 1 }] });
  await expect(talk.client.objects.listObjects('b')).rejects.toMatchObject({ reason: 'MalformedAnswer' });
  talk.server.script = (_, response) => json(response, 200, { continuation_token: 'same', entries: [] });
  await expect(talk.client.objects.listObjects('b')).rejects.toMatchObject({ reason: 'MalformedAnswer' });
});
