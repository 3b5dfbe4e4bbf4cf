import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type Http2Server } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, ManualClock, silentLogger } from '@rackwright/core';
import { Peers } from './peers.ts';
import { SocketNames } from './socket-names.ts';
import { socketFolder } from './testing/index.ts';

const clock = new ManualClock();
let stack: DisposableStack;
let folder: string;
let names: SocketNames;
let heard: Latest<readonly string[]>;
let peers: Peers;
let said: string[];
beforeEach(() => {
  stack = new DisposableStack();
  folder = stack.use(socketFolder()).path;
  names = new SocketNames('hpe.com/cxi', clock);
  heard = new Latest<readonly string[]>([]);
  const changed = (what: string): void => void heard.set([...heard.value, what]);
  said = [];
  const logger = { ...silentLogger, warn: (text: string) => void said.push(text) };
  peers = stack.use(new Peers({ folder, names, changed, logger }));
});
afterEach(() => stack.dispose());

async function serve(name: string): Promise<{ end: () => void }> {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => sessions.add(session));
  server.listen(join(folder, name));
  await once(server, 'listening');
  const end = (): void => {
    server.close();
    for (const session of sessions) session.destroy();
  };
  stack.defer(end);
  return { end };
}

test('an earlier plugin is seen from the moment it is found to its end', async () => {
  const elder = await serve('hpe.com_cxi.sock');
  peers.look();
  await heard.until((list) => list.length === 1);
  peers.look();
  expect([heard.value, peers.elders]).toEqual([['found'], 1]);
  elder.end();
  await heard.until((list) => list.length === 2);
  expect([heard.value, peers.elders]).toEqual([['found', 'lost'], 0]);
});

test('our own sockets and those of other resources are nothing to look for', async () => {
  await serve(names.next());
  await serve('hpe.com_cxi-vf.sock');
  const elder = await serve('hpe.com_cxi.sock');
  peers.look();
  await heard.until((list) => list.includes('found'));
  elder.end();
  await heard.until((list) => list.includes('lost'));
  expect(heard.value).toEqual(['found', 'lost']);
});

test('a socket that nobody listens on is removed, a file that is no socket is not', async () => {
  const stale = join(folder, 'hpe.com_cxi@000000000abcd.1.sock');
  const dead = await serve('bound');
  renameSync(join(folder, 'bound'), stale);
  dead.end();
  const file = join(folder, 'hpe.com_cxi@000000000abcd.2.sock');
  writeFileSync(file, '');
  // A mount of the socket's path with DirectoryOrCreate leaves this behind.
  const directory = join(folder, 'hpe.com_cxi.sock');
  mkdirSync(directory);
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    peers.look();
    if (existsSync(stale)) setImmediate(look);
    else resolve();
  };
  look();
  await gone;
  expect([existsSync(file), existsSync(directory), heard.value, said]).toEqual([true, true, [], []]);
});

test('an elder that watches us takes over when we end, one with a plain name does not', async () => {
  await serve('hpe.com_cxi.sock');
  peers.look();
  await heard.until((list) => list.length === 1);
  expect([peers.elders, peers.heirs]).toEqual([1, 0]);
  await serve('hpe.com_cxi@000000000abcd.1.sock');
  peers.look();
  await heard.until((list) => list.length === 2);
  expect([peers.elders, peers.heirs]).toEqual([2, 1]);
});

test('a folder that is missing has no peers', () => {
  stack.dispose();
  peers.look();
  expect(peers.elders).toBe(0);
});
