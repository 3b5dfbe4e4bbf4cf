import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { json, ScriptedServer } from '../../kube/src/testing/scripted-server.ts';
import { AisClient } from './client.ts';
import { isAuthError, isBusy, isNotFound, isNotReady, isRejected } from './error.ts';
import { writeJson } from './json.ts';
import { Conversation } from './testing/ais-server.ts';
import { sampleMap, smallCluster } from './testing/sample-map.ts';

const config49 = { auth: { enabled: false }, rebalance: { enabled: true } };
const config50 = { auth: { client_auth_required: false }, rebalance: { enabled: true } };

test('the health of a cluster is asked for without and with its readiness to rebalance', async () => {
  await using talk = await Conversation.start((_, response) => response.end());
  expect(await talk.client.health()).toBe(true);
  expect(await talk.client.health({ readyToRebalance: true })).toBe(true);
  expect(talk.asked).toEqual(['GET /v1/health', 'GET /v1/health?prr=true']);
  expect(talk.server.seen[0]?.headers['user-agent']).toBe('ais-operator');
  expect(talk.server.connections).toBe(1);
});

test('a cluster that answers 503, breaks off, or is not there is not healthy', async () => {
  await using talk = await Conversation.start((_, response) => response.writeHead(503).end());
  expect(await talk.client.health()).toBe(false);
  talk.server.script = (_, response) => response.socket?.resetAndDestroy();
  expect(await talk.client.health()).toBe(false);
  await talk.server[Symbol.asyncDispose]();
  expect(await talk.client.health()).toBe(false);
});

test('a cluster that does not answer within the time limit is not healthy', async () => {
  const clock = new ManualClock();
  const asked = Promise.withResolvers<void>();
  await using talk = await Conversation.start(() => asked.resolve(), { clock });
  const health = talk.client.health();
  await asked.promise;
  await clock.advance(10_000);
  expect(await health).toBe(false);
});

test.each([401, 403])('a %i is an error of the login, not a lack of health', async (status) => {
  const body = { message: 'token required', status, method: 'GET', url_path: '/v1/health' };
  await using talk = await Conversation.start((_, response) => json(response, status, body));
  const error: unknown = await talk.client.health().catch((reason: unknown) => reason);
  expect(isAuthError(error)).toBe(true);
  expect(error).toMatchObject({ status, message: expect.stringContaining('/v1/health: token required') });
});

test('the cluster map is read with its 64-bit numbers', async () => {
  await using talk = await Conversation.start((_, response) =>
    response.end(writeJson(sampleMap(smallCluster(2)))),
  );
  const map = await talk.client.clusterMap();
  expect(talk.asked).toEqual(['GET /v1/daemon?what=smap']);
  expect(map).toMatchObject({ uuid: 'Kx3f9PqLm', version: 9007199254740993n, primary: 'proxyA' });
  expect([...map.targets.keys()]).toEqual(['target0', 'target1']);
  expect(map.targets.get('target0')?.digest).toBe(17_295_148_362_391_742_161n);
});

test('a setting is sent as the cluster names it, for good or until the next start', async () => {
  await using talk = await Conversation.start((_, response) => response.end());
  await talk.client.setConfig({ rebalance: { enabled: false } });
  await talk.client.setConfig({ features: 18_446_744_073_709_551_615n }, { transient: true });
  expect(talk.asked).toEqual(['PUT /v1/cluster', 'PUT /v1/cluster?transient=true']);
  expect(talk.server.seen.map(({ text }) => text)).toEqual([
    '{"action":"set-config","value":{"rebalance":{"enabled":false}}}',
    '{"action":"set-config","value":{"features":18446744073709551615}}',
  ]);
});

test('a setting the cluster does not know is refused for good', async () => {
  const body = { message: 'unknown field "rebalanse"', status: 400 };
  await using talk = await Conversation.start((_, response) => json(response, 400, body));
  const error: unknown = await talk.client.setConfig({ rebalanse: {} }).catch((reason: unknown) => reason);
  expect(isRejected(error)).toBe(true);
  expect(error).toMatchObject({ code: 'InvalidArgument', message: expect.stringContaining('rebalanse') });
});

test('a new primary is named by its id and, by force, by its address', async () => {
  await using talk = await Conversation.start((_, response) => response.end());
  const node = { id: 'p/2', publicNet: { host: 'h', port: 51080, url: 'http://h:51080' } };
  await talk.client.setPrimary(node);
  await talk.client.setPrimary(node, { force: true });
  expect(talk.asked).toEqual([
    'PUT /v1/cluster/proxy/p%2F2',
    'PUT /v1/cluster/proxy/p%2F2?frc=true&can=http%3A%2F%2Fh%3A51080',
  ]);
});

test('5.0 is told of several nodes in one call', async () => {
  await using talk = await Conversation.start(({ method }, response) =>
    method === 'GET' ? json(response, 200, config50) : response.end('g7'),
  );
  const change = await talk.client.decommission(['t1', 't2'], { removeUserData: false });
  expect(change).toEqual({ rebalanceId: 'g7', waiting: [] });
  expect(talk.bodies).toEqual([
    {
      action: 'decommission-node',
      value: {
        ...{ sids: ['t1', 't2'], rm_user_data: false, skip_rebalance: false, keep_initial_config: false },
      },
    },
  ]);
});

test('4.9 is told of one node after the other, and of one node without a look at its release', async () => {
  await using talk = await Conversation.start(({ method }, response) =>
    method === 'GET' ? json(response, 200, config49) : response.end(),
  );
  await talk.client.startMaintenance(['t1', 't2'], { skipRebalance: true });
  await talk.client.stopMaintenance(['t1']);
  expect(talk.bodies).toEqual([
    { action: 'start-maintenance', value: { sid: 't1', skip_rebalance: true } },
    { action: 'start-maintenance', value: { sid: 't2', skip_rebalance: true } },
    { action: 'stop-maintenance', value: { sid: 't1' } },
  ]);
});

test('nodes that a busy cluster does not take yet are told as waiting', async () => {
  let calls = 0;
  await using talk = await Conversation.start(({ method }, response) => {
    if (method === 'GET') return json(response, 200, config49);
    calls += 1;
    if (calls === 1) return response.end('"g2"');
    return json(response, 409, { message: 'rebalance[g2] is running', tcode: 'ErrBusy', status: 409 });
  });
  const change = await talk.client.decommission(['t1', 't2', 't3'], { removeUserData: true });
  expect(change).toEqual({ rebalanceId: 'g2', waiting: ['t2', 't3'] });
  expect(calls).toBe(2);
});

test('a node that is in maintenance already is in maintenance, as 4.9 says with a 400', async () => {
  const body = { message: 'node t[t1] is already in maintenance', status: 400 };
  await using talk = await Conversation.start((_, response) => json(response, 400, body));
  expect(await talk.client.startMaintenance(['t1'])).toEqual({ rebalanceId: undefined, waiting: [] });
  await expect(talk.client.decommission(['t1'], { removeUserData: false })).rejects.toMatchObject({
    reason: 'Rejected',
  });
});

test('a node that the cluster does not know is told as not found', async () => {
  const body = { message: 'node "t9" does not exist', status: 404 };
  await using talk = await Conversation.start((_, response) => json(response, 404, body));
  const error: unknown = await talk.client
    .decommission(['t9'], { removeUserData: false })
    .catch((reason: unknown) => reason);
  expect(isNotFound(error)).toBe(true);
});

test('a cluster that ends while it is told to end has ended', async () => {
  await using talk = await Conversation.start((_, response) => response.socket?.end());
  await talk.client.shutdownCluster();
  await talk.client.decommissionCluster({ removeUserData: true });
  expect(talk.bodies).toEqual([
    { action: 'shutdown' },
    { action: 'decommission', value: { rm_user_data: true } },
  ]);
});

test('a cluster that is not there was not told to end', async () => {
  await using talk = await Conversation.start(() => undefined);
  await talk.server[Symbol.asyncDispose]();
  await expect(talk.client.shutdownCluster()).rejects.toMatchObject({ reason: 'ConnectionFailed' });
});

test('what changes something goes out once, on a connection of its own', async () => {
  await using talk = await Conversation.start((_, response) => response.end());
  await talk.client.health();
  talk.server.script = (_, response) => response.socket?.resetAndDestroy();
  const error: unknown = await talk.client
    .decommission(['t1'], { removeUserData: false })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ reason: 'AnswerLost' });
  expect(isNotReady(error)).toBe(true);
  expect(talk.asked).toEqual(['GET /v1/health', 'PUT /v1/cluster']);
  expect(talk.server.connections).toBe(2);
});

test('a read on a kept connection that the proxy has closed is repeated', async () => {
  const first = await ScriptedServer.start((_, response) => response.end());
  await using talk = await Conversation.start(() => undefined, { baseUrl: first.url });
  await talk.client.health();
  const { port } = first;
  await first[Symbol.asyncDispose]();
  await using second = await ScriptedServer.start((_, response) => json(response, 200, config49), port);
  expect(await talk.client.config()).toEqual(config49);
  expect(second.seen).toHaveLength(1);
});

test('the rebalance that runs, that has ended, and that was aborted are told apart', async () => {
  const status = { kind: 'rebalance', uuid: 'g4', err: '', end_time: 0, aborted: false };
  const script = (answer: string) => (_: unknown, response: { end(text: string): void }) =>
    response.end(answer);
  await using talk = await Conversation.start(script(JSON.stringify(status)));
  const running = { id: 'g4', running: true, aborted: false, endTime: undefined, error: '' };
  expect(await talk.client.rebalanceStatus()).toEqual(running);
  expect(talk.asked).toEqual(['GET /v1/cluster?what=status']);
  expect(talk.bodies).toEqual([{ Kind: 'rebalance' }]);
  // Nanoseconds, beyond 2^53.
  const ended = `{"kind":"rebalance","uuid":"g4","err":"x","end_time":1787306400123456789,"aborted":true}`;
  talk.server.script = script(ended);
  const endTime = 1_787_306_400_123;
  expect(await talk.client.rebalanceStatus()).toEqual({
    ...{ id: 'g4', running: false, aborted: true, endTime, error: 'x' },
  });
  talk.server.script = (_, response) => json(response, 404, { message: 'not found', status: 404 });
  expect(await talk.client.rebalanceStatus()).toBeUndefined();
  talk.server.script = script('[]');
  await expect(talk.client.rebalanceStatus()).rejects.toMatchObject({ reason: 'MalformedAnswer' });
});

test('409 is busy, 5xx not ready, 400 final', async () => {
  await using talk = await Conversation.start((_, response) => response.writeHead(409).end('busy'));
  const fail = (): Promise<unknown> => talk.client.setConfig({}).catch((reason: unknown) => reason);
  expect(isBusy(await fail())).toBe(true);
  talk.server.script = (_, response) => response.writeHead(500).end('<html>nginx</html>');
  const error = await fail();
  expect(isNotReady(error)).toBe(true);
  expect(error).toMatchObject({ message: expect.stringContaining('/v1/cluster: <html>nginx</html>') });
  talk.server.script = (_, response) => response.writeHead(400).end();
  expect(isRejected(await fail())).toBe(true);
});

test('a proxy that has changed to https already is not ready for plain http', async () => {
  const answer = 'Client sent an HTTP request to an HTTPS server.\n';
  await using talk = await Conversation.start((_, response) => response.writeHead(400).end(answer));
  await expect(talk.client.clusterMap()).rejects.toMatchObject({ reason: 'SchemeMismatch' });
  expect(await talk.client.health()).toBe(false);
});

test.each(['', 'ais-proxy:51080', 'ftp://h', 'http://h/v1', 'http://h?x=1'])(
  'a client for %p is refused at once',
  (baseUrl) => {
    expect(() => new AisClient({ baseUrl, clock: new ManualClock() })).toThrow(/is not the URL of a server/);
  },
);
