import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, ManualClock, silentLogger, systemClock } from '@rackwright/core';
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
async function operator(authority: Authority): Promise<Operator> {
  const taken = new Latest(0);
  const tries = new Latest(0);
  server = createServer(await authority.issue({ commonName: host, hosts: [host] }), (request, response) => {
    request.resume();
    taken.set(taken.value + 1);
    response.end();
  });
  server.on('connection', () => tries.set(tries.value + 1));
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`https://127.0.0.1:${port}/handshake`), taken, tries };
}

function exporter(url: URL): Handshaker {
  const introduction = { node: 'n1', version: '1', inventoryDigest: '' };
  return new Handshaker({
    ...{ url, serverName: host, folder, introduction: () => introduction, clock, logger: silentLogger },
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
