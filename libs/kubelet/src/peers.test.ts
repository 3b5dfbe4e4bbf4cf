import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Http2Server } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, type Logger, ManualClock, silentLogger } from '@rackwright/core';
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
  names = new SocketNames('hpe.com/cxi', clock, folder);
  heard = new Latest<readonly string[]>([]);
  const changed = (what: string): void => void heard.set([...heard.value, what]);
  said = [];
  peers = stack.use(new Peers({ folder, names, changed, logger: peersLogger() }));
});
afterEach(() => stack.dispose());

function peersLogger(): Logger {
  return { ...silentLogger, warn: (text: string) => void said.push(text) };
}

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

test('a plugin that serves on another socket has not ended, and is lost with its last', async () => {
  const first = await serve('hpe.com_cxi@zzzzzzzzzabcd.1.sock');
  peers.look();
  await heard.until((list) => list.length === 1);
  const second = await serve('hpe.com_cxi@zzzzzzzzzabcd.2.sock');
  first.end();
  await heard.until((list) => list.length === 2);
  expect([heard.value, peers.younger]).toEqual([['found', 'found'], 1]);
  second.end();
  await heard.until((list) => list.length === 3);
  expect([heard.value, peers.younger]).toEqual([['found', 'found', 'lost'], 0]);
});

test('a folder whose path is longer than sockets allow is reached by the short link to it', async () => {
  const deep = join(folder, 'd'.repeat(50), 'e'.repeat(50));
  mkdirSync(deep, { recursive: true });
  const link = join(folder, 'short');
  symlinkSync(folder, join(deep, 'back'));
  symlinkSync(deep, link);
  const long = stack.use(
    new Peers({ folder: link, names, changed: (what) => heard.set([what]), logger: peersLogger() }),
  );
  await serve('hpe.com_cxi.sock');
  renameSync(join(folder, 'hpe.com_cxi.sock'), join(deep, 'hpe.com_cxi.sock'));
  long.look();
  long.look();
  expect([heard.value, said]).toEqual([[], ['cannot tell whether another plugin of the resource runs']]);
  const resolved = stack.use(
    new Peers({
      folder: join(link, 'back'),
      names,
      changed: (what) => heard.set([what]),
      logger: peersLogger(),
    }),
  );
  await serve('hpe.com_cxi.sock');
  resolved.look();
  await heard.until((list) => list.length === 1);
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
