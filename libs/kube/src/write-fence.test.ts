import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { KubeClient } from './client.ts';
import type { Credentials } from './connection.ts';
import { resources } from './resources.ts';
import { json, type Script, ScriptedServer } from './testing/scripted-server.ts';
import { isLeadershipLost, leadershipLost, type WriteFence } from './write-fence.ts';

/** A fence that a test closes. */
class Gate implements WriteFence {
  readonly #abort = new AbortController();
  isOpen = true;
  /** Called at each look, before it. */
  onCheck: () => void = () => undefined;

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  check(): void {
    this.onCheck();
    if (!this.isOpen) throw leadershipLost();
  }

  /** What a timer of a leader does that is not asleep. */
  breakOff(): void {
    this.isOpen = false;
    this.#abort.abort(leadershipLost());
  }
}

interface Bench extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly gate: Gate;
  readonly plain: KubeClient;
  readonly fenced: KubeClient;
}

async function bench(
  script: Script,
  credentials: (options?: { fresh?: boolean }) => Promise<Credentials> = async () => ({}),
): Promise<Bench> {
  const server = await ScriptedServer.start(script);
  const gate = new Gate();
  const plain = new KubeClient({
    connection: { server: server.url, credentials },
    ...{ clock: systemClock, userAgent: 'test' },
  });
  return {
    ...{ server, gate, plain, fenced: plain.fenced(gate) },
    [Symbol.asyncDispose]: async () => {
      await plain[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const ok: Script = (_, response) => json(response, 200, { metadata: {} });
const key = { namespace: 'ns', name: 'a' };
const object = { metadata: key };

const writes: [string, (client: KubeClient) => Promise<unknown>][] = [
  ['create', (client) => client.create(resources.configMaps, object)],
  ['apply', (client) => client.apply(resources.configMaps, object, { fieldManager: 'm' })],
  ['patch', (client) => client.patch(resources.configMaps, key, {}, { strategy: 'merge' })],
  ['update', (client) => client.update(resources.configMaps, object)],
  ['delete', (client) => client.delete(resources.configMaps, key)],
  ['evict', (client) => client.evict(key)],
];

test.each(writes)('%s sends nothing once the lead is lost', async (_verb, write) => {
  await using at = await bench(ok);
  await write(at.fenced);
  expect(at.server.seen).toHaveLength(1);
  at.gate.isOpen = false;
  const error = await write(at.fenced).catch((reason: unknown) => reason);
  expect(isLeadershipLost(error)).toBe(true);
  expect(error).toMatchObject({ code: 'FailedPrecondition', reason: 'LeadershipLost' });
  expect(at.server.seen).toHaveLength(1);
});

test('reads and the client of the lease go on', async () => {
  await using at = await bench(ok);
  at.gate.breakOff();
  await at.fenced.get(resources.configMaps, key);
  await at.plain.update(resources.configMaps, object);
  expect(at.server.seen.map(({ method }) => method)).toEqual(['GET', 'PUT']);
});

test('a write that waited for its credentials is not sent when the lead was lost meanwhile', async () => {
  const asked = Promise.withResolvers<void>();
  const given = Promise.withResolvers<Credentials>();
  await using at = await bench(ok, () => {
    asked.resolve();
    return given.promise;
  });
  const write = at.fenced.update(resources.configMaps, object).catch(isLeadershipLost);
  await asked.promise;
  at.gate.isOpen = false;
  given.resolve({});
  expect(await write).toBe(true);
  expect(at.server.seen).toEqual([]);
});

test('a write that waited for a free connection is not sent when the lead was lost meanwhile', async () => {
  const held: (() => void)[] = [];
  await using at = await bench((_, response) => held.push(() => json(response, 200, { metadata: {} })));
  const reads = Array.from({ length: 32 }, () => at.plain.get(resources.configMaps, key));
  while (held.length < 32) await new Promise((resolve) => setImmediate(resolve));
  const write = at.fenced.update(resources.configMaps, object).catch(isLeadershipLost);
  await new Promise((resolve) => setImmediate(resolve));
  at.gate.isOpen = false;
  for (const answer of held) answer();
  await Promise.all(reads);
  expect(await write).toBe(true);
  expect(at.server.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
});

test('the fence is asked when the connection is there, and nothing has been sent by then', async () => {
  await using at = await bench(ok);
  const connections: number[] = [];
  at.gate.onCheck = () => connections.push(at.server.seen.length);
  await at.fenced.update(resources.configMaps, object);
  expect(connections).toEqual([0]);
});

test('a write lost on a kept connection does not go out again when the lead is lost', async () => {
  await using at = await bench(ok);
  await at.plain.get(resources.configMaps, key);
  at.server.script = (_, response) => {
    at.gate.isOpen = false;
    response.socket?.resetAndDestroy();
  };
  expect(await at.fenced.update(resources.configMaps, object).catch(isLeadershipLost)).toBe(true);
  expect(at.server.seen).toHaveLength(2);
});

test('a write refused for an old token is not repeated with the new one when the lead is lost', async () => {
  await using at = await bench(
    (_, response) => {
      at.gate.isOpen = false;
      json(response, 401, {});
    },
    async ({ fresh = false } = {}) => ({ token: fresh ? 'new' : 'old' }),
  );
  expect(await at.fenced.update(resources.configMaps, object).catch(isLeadershipLost)).toBe(true);
  expect(at.server.seen).toHaveLength(1);
});

test('a write under way is broken off when the lead is lost', async () => {
  const closed = Promise.withResolvers<void>();
  await using at = await bench((_, response) => {
    response.on('close', closed.resolve);
    at.gate.breakOff();
  });
  expect(await at.fenced.update(resources.configMaps, object).catch(isLeadershipLost)).toBe(true);
  await closed.promise;
});
