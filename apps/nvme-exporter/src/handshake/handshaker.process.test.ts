import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Clock, Latest, ManualClock, silentLogger, systemClock } from '@rackwright/core';
import { Authority } from '@rackwright/testbed/without-nodes';
import { Handshaker } from './handshaker.ts';

const host = 'aidaptivcache-service.ns';
const clock = new ManualClock();
let folder: string;
let server: Server | undefined;
let end: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rw-handshaker-'));
  end = new AbortController();
});

afterEach(async () => {
  end.abort();
  server?.close();
  server?.closeAllConnections();
  await rm(folder, { recursive: true });
});

interface Operator {
  readonly url: URL;
  /** Connections that were made to it. */
  readonly tries: Latest<number>;
  /** Handshakes it took. */
  readonly taken: Latest<number>;
}

/** An operator with a certificate of the authority. */
async function operator(authority: Authority, answer: () => string = () => ''): Promise<Operator> {
  const taken = new Latest(0);
  const tries = new Latest(0);
  server = createServer(await authority.issue({ commonName: host, hosts: [host] }), (request, response) => {
    request.resume();
    taken.set(taken.value + 1);
    response.end(answer());
  });
  server.on('connection', () => tries.set(tries.value + 1));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`https://127.0.0.1:${port}/handshake`), taken, tries };
}

function exporter(url: URL, of: Clock = clock): Handshaker {
  const introduction = { node: 'n1', version: '1', inventoryDigest: '' };
  return new Handshaker({
    ...{ url, serverName: host, folder, introduction: () => introduction, clock: of, logger: silentLogger },
  });
}

/** Moves the clock second by second until it is so; how many. */
async function seconds(value: Latest<number>, isSo: (count: number) => boolean): Promise<number> {
  for (let passed = 0; passed < 1000; passed++) {
    // What a second begins takes some time of its own, which is short but for a machine with much to do.
    await value.until(isSo, AbortSignal.timeout(200)).catch(() => undefined);
    if (isSo(value.value)) return passed;
    await clock.advance(1000);
  }
  throw new Error('it is not so after 1000 seconds');
}

test('the new certificate of an operator is trusted two seconds after the kubelet brings it, however long it was waited for', async () => {
  const [before, after] = await Promise.all([Authority.create(systemClock), Authority.create(systemClock)]);
  await writeFile(join(folder, 'token'), 'token');
  await writeFile(join(folder, 'ca.crt'), before.cert);
  const { url, taken, tries } = await operator(after);
  const handshaker = exporter(url);
  const running = handshaker.start(end.signal);
  // Each try in vain makes the wait for the next one longer.
  await seconds(tries, (count) => count === 5);
  expect([handshaker.isUp, taken.value]).toEqual([false, 0]);
  await writeFile(join(folder, 'ca.crt'), after.cert);
  expect(await seconds(taken, (count) => count === 1)).toBeLessThanOrEqual(4);
  end.abort();
  await running;
});

/** Says for how long somebody sleeps. */
class SleepClock extends ManualClock {
  readonly slept = new Latest<readonly number[]>([]);

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const sleeping = super.sleep(ms, signal);
    this.slept.set([...this.slept.value, ms]);
    return sleeping;
  }
}

test('a replica that does not lead is told every 15 seconds instead of every minute, until the one that does was', async () => {
  const authority = await Authority.create(systemClock);
  await writeFile(join(folder, 'token'), 'token');
  await writeFile(join(folder, 'ca.crt'), authority.cert);
  const answers = ['{"leads":false}', '{"leads":false}', '{"leads":true}', 'no JSON at all'];
  const { url } = await operator(authority, () => answers.shift() ?? '');
  const sleepClock = new SleepClock();
  const running = exporter(url, sleepClock).start(end.signal);
  for (let count = 1; count <= 4; count++) {
    const slept = await sleepClock.slept.until(({ length }) => length === count);
    await sleepClock.advance(slept.at(-1) ?? 0);
  }
  // Each with some chance in it, so that not all exporters come at once.
  const range = sleepClock.slept.value
    .slice(0, 4)
    .map((ms) => (ms > 12_000 && ms <= 15_000 ? 15 : ms > 48_000 ? 60 : ms));
  expect(range).toEqual([15, 15, 60, 60]);
  end.abort();
  await running;
});
