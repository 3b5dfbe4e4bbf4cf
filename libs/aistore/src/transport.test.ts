import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { json, type Script, ScriptedServer } from '../../kube/src/testing/scripted-server.ts';
import { isAuthError, isNotReady } from './error.ts';
import { writeJson } from './json.ts';
import { Conversation } from './testing/ais-server.ts';
import { sampleMap, smallCluster } from './testing/sample-map.ts';
import { fixedToken, type TokenSource } from './token-source.ts';

const mebibyte = 1024 * 1024;

/** Answers with a cluster map followed by so many bytes of white space. */
function padded(bytes: number): Script {
  return (_, response) => {
    response.write(writeJson(sampleMap(smallCluster(1_000))));
    response.end(Buffer.alloc(bytes, ' '));
  };
}

test('a cluster map of 1,000 nodes and 16 MB is read', async () => {
  await using talk = await Conversation.start(padded(16 * mebibyte), { timeoutMs: 60_000 });
  const map = await talk.client.clusterMap();
  expect(map.targets.size).toBe(1_000);
});

test('an answer of 64 MB is refused without being read to its end', async () => {
  const closed = Promise.withResolvers<void>();
  await using talk = await Conversation.start(
    (seen, response) => {
      response.on('close', closed.resolve);
      padded(64 * mebibyte)(seen, response);
    },
    { timeoutMs: 60_000 },
  );
  await expect(talk.client.clusterMap()).rejects.toMatchObject({
    ...{ code: 'ResourceExhausted', reason: 'AnswerTooLarge' },
    message: expect.stringContaining('/v1/daemon?what=smap: the answer is longer than'),
  });
  await closed.promise;
});

test.each<[string, string, string]>([
  ['a map that is cut off', writeJson(sampleMap(smallCluster(3))).slice(0, -20), 'it is not JSON'],
  ['garbage', '\u0000\u0001\u0002<html>', 'it is not JSON'],
  ['nothing', '', 'it is not JSON'],
  ['JSON of something else', '{"kind":"Status"}', 'pmap is not an object'],
  [
    'JSON that is nested without end',
    `${'['.repeat(200_000)}1111111111111111${']'.repeat(200_000)}`,
    'it is not JSON',
  ],
])('%s is no cluster map, and the address is told', async (_, text, why) => {
  await using talk = await Conversation.start((__, response) => response.end(text));
  const error: unknown = await talk.client.clusterMap().catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'Internal',
    reason: 'MalformedAnswer',
    message: expect.stringContaining(why),
  });
  expect(String(error)).toContain(`GET ${talk.server.url}/v1/daemon?what=smap`);
  expect(isNotReady(error)).toBe(false);
});

test('a map whose connection ends half-way is not read', async () => {
  await using talk = await Conversation.start((_, response) => {
    response.writeHead(200, { 'content-length': 10_000 }).write('{"pmap":{}}', () => response.socket?.end());
  });
  await expect(talk.client.clusterMap()).rejects.toMatchObject({ reason: 'ConnectionFailed', status: 0 });
});

test('a cluster that is starting is not ready, whatever its map has', async () => {
  await using talk = await Conversation.start((_, response) =>
    response.end(writeJson(sampleMap(smallCluster(1), ''))),
  );
  const error: unknown = await talk.client.clusterMap().catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    reason: 'NotReady',
    message: expect.stringContaining('no uuid or no primary yet'),
  });
  expect(isNotReady(error)).toBe(true);
});

test('an answer that comes only in part is given up at the time limit', async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  await using talk = await Conversation.start(
    (_, response) => {
      response.writeHead(200).write('{', () => asked.resolve());
    },
    { clock, timeoutMs: 2_000 },
  );
  const refused = expect(talk.client.clusterMap()).rejects.toMatchObject({
    ...{ code: 'DeadlineExceeded', reason: 'Timeout' },
    message: `GET ${talk.server.url}/v1/daemon?what=smap took longer than 2000 ms`,
  });
  await asked.promise;
  await clock.advance(2_000);
  await refused;
});

test('a call may have a time limit of its own', async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  await using talk = await Conversation.start(() => asked.resolve(), { clock });
  const refused = expect(talk.client.clusterMap({ timeoutMs: 50 })).rejects.toMatchObject({
    reason: 'Timeout',
  });
  await asked.promise;
  await clock.advance(50);
  await refused;
});

test('an answer with an oversized head is refused', async () => {
  await using talk = await Conversation.start((_, response) =>
    response.writeHead(200, { 'x-big': 'x'.repeat(70_000) }).end(),
  );
  await expect(talk.client.config()).rejects.toMatchObject({ reason: 'ConnectionFailed' });
});

test('a signal, of the call or of the client, ends a call with its own reason', async () => {
  for (const owner of ['call', 'client']) {
    const abort = new AbortController();
    const closed = Promise.withResolvers<void>();
    const script: Script = (_, response) => {
      response.on('close', closed.resolve);
      abort.abort(new Error('the cluster was deleted'));
    };
    const signal = abort.signal;
    await using talk = await Conversation.start(script, owner === 'client' ? { signal } : {});
    await expect(talk.client.health(owner === 'call' ? { signal } : {})).rejects.toThrow('was deleted');
    await closed.promise;
  }
});

test('closing the client ends what is under way and refuses the rest', async () => {
  const asked = Promise.withResolvers<void>();
  await using talk = await Conversation.start(() => asked.resolve());
  const call = expect(talk.client.health()).rejects.toMatchObject({ reason: 'ClientClosed' });
  await asked.promise;
  talk.client[Symbol.dispose]();
  await call;
  await expect(talk.client.health()).rejects.toMatchObject({ code: 'Cancelled', reason: 'ClientClosed' });
});

test("weakness 14: the environment's HTTP proxy is not asked for an address in the cluster", async () => {
  const { HTTP_PROXY: before } = process.env;
  await using proxy = await ScriptedServer.start((_, response) => response.writeHead(418).end());
  process.env.HTTP_PROXY = proxy.url;
  process.env.http_proxy = proxy.url;
  try {
    await using talk = await Conversation.start((_, response) => response.end());
    expect(await talk.client.health()).toBe(true);
    expect(proxy.seen).toEqual([]);
  } finally {
    delete process.env.http_proxy;
    if (before === undefined) delete process.env.HTTP_PROXY;
    else process.env.HTTP_PROXY = before;
  }
});

/** Tokens `t1`, `t2` and so on, a new one each time one is refused. */
function numberedTokens(): TokenSource & { renewals: number } {
  return {
    renewals: 0,
    token() {
      return Promise.resolve(`t${this.renewals + 1}`);
    },
    renew() {
      this.renewals += 1;
      return this.token();
    },
  };
}

test.each([401, 403])('after a %i the call goes out once more with a new token', async (status) => {
  const token = numberedTokens();
  const script: Script = ({ headers }, response) =>
    headers.authorization === 'Bearer t2'
      ? response.end('g1')
      : json(response, status, { message: 'expired' });
  await using talk = await Conversation.start(script, { token });
  const change = await talk.client.decommission(['x'], { removeUserData: false });
  expect(change.rebalanceId).toBe('g1');
  expect(talk.server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
});

test('a token that a new login does not help is told after one renewal', async () => {
  const token = numberedTokens();
  await using talk = await Conversation.start((_, response) => response.writeHead(403).end(), { token });
  await expect(talk.client.config()).rejects.toMatchObject({ reason: 'Forbidden' });
  expect([token.renewals, talk.server.seen.length]).toEqual([1, 2]);
});

test('a token that never changes is not tried twice', async () => {
  const token = fixedToken('only');
  await using talk = await Conversation.start((_, response) => response.writeHead(401).end(), { token });
  await expect(talk.client.config()).rejects.toMatchObject({ reason: 'Unauthorized' });
  expect(talk.server.seen).toHaveLength(1);
});

test('a login that fails is an error of the call, and does not make the cluster one that is not ready', async () => {
  const fail = (): Promise<never> => Promise.reject(new Error('no such Secret'));
  const token = { token: fail, renew: fail };
  await using talk = await Conversation.start((_, response) => response.end(), { token });
  const error: unknown = await talk.client.health().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ reason: 'LoginFailed', cause: { message: 'no such Secret' } });
  expect(isAuthError(error)).toBe(true);
  expect(talk.server.seen).toEqual([]);
});

test('a login that hangs is told as that, not as a cluster that is not ready', async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  const hang = (): Promise<never> => {
    asked.resolve();
    return new Promise(() => undefined);
  };
  await using talk = await Conversation.start((_, response) => response.end(), {
    ...{ clock, token: { token: hang, renew: hang } },
  });
  const refused = expect(talk.client.health()).rejects.toMatchObject({
    ...{ code: 'DeadlineExceeded', reason: 'LoginFailed' },
  });
  await asked.promise;
  await clock.advance(30_000);
  await refused;
});
