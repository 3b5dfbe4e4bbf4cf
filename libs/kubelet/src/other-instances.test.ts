import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Http2Server } from 'node:http2';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Latest, type Logger, ManualClock, silentLogger } from '@rackwright/core';
import { OtherInstances } from './other-instances.ts';
import { SocketNames } from './socket-names.ts';
import { socketFolder } from './testing/index.ts';

const clock = new ManualClock();
let stack: DisposableStack;
let folder: string;
let names: SocketNames;
let listened: Latest<readonly string[]>;
let others: OtherInstances;
let said: string[];
beforeEach(() => {
  stack = new DisposableStack();
  folder = stack.use(socketFolder()).path;
  names = new SocketNames('hpe.com/cxi', clock, folder);
  listened = new Latest<readonly string[]>([]);
  const changed = (what: string): void => void listened.set([...listened.value, what]);
  said = [];
  others = stack.use(new OtherInstances({ folder, names, changed, logger: warningsLogger() }));
});
afterEach(() => stack.dispose());

function warningsLogger(): Logger {
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
  const predecessor = await serve('hpe.com_cxi.sock');
  others.look();
  await listened.until((list) => list.length === 1);
  others.look();
  expect([listened.value, others.predecessors]).toEqual([['found'], 1]);
  predecessor.end();
  await listened.until((list) => list.length === 2);
  expect([listened.value, others.predecessors]).toEqual([['found', 'ended'], 0]);
});

test('our own sockets and those of other resources are nothing to look for', async () => {
  await serve(names.next());
  await serve('hpe.com_cxi-vf.sock');
  const predecessor = await serve('hpe.com_cxi.sock');
  others.look();
  await listened.until((list) => list.includes('found'));
  predecessor.end();
  await listened.until((list) => list.includes('ended'));
  expect(listened.value).toEqual(['found', 'ended']);
});

test('a plugin that serves on another socket has not ended, and is lost with its last', async () => {
  const first = await serve('hpe.com_cxi@zzzzzzzzzabcd.1.sock');
  others.look();
  await listened.until((list) => list.length === 1);
  const second = await serve('hpe.com_cxi@zzzzzzzzzabcd.2.sock');
  first.end();
  await listened.until((list) => list.length === 2);
  expect([listened.value, others.successors]).toEqual([['found', 'found'], 1]);
  second.end();
  await listened.until((list) => list.length === 3);
  expect([listened.value, others.successors]).toEqual([['found', 'found', 'ended'], 0]);
});

test('a folder whose path is longer than sockets allow is reached by the short link to it', async () => {
  const deep = join(folder, 'd'.repeat(50), 'e'.repeat(50));
  mkdirSync(deep, { recursive: true });
  const link = join(folder, 'short');
  symlinkSync(folder, join(deep, 'back'));
  symlinkSync(deep, link);
  const long = stack.use(
    new OtherInstances({
      folder: link,
      names,
      changed: (what) => listened.set([what]),
      logger: warningsLogger(),
    }),
  );
  await serve('hpe.com_cxi.sock');
  renameSync(join(folder, 'hpe.com_cxi.sock'), join(deep, 'hpe.com_cxi.sock'));
  long.look();
  long.look();
  expect([listened.value, said]).toEqual([[], ['cannot tell whether another plugin of the resource runs']]);
  const resolved = stack.use(
    new OtherInstances({
      folder: join(link, 'back'),
      names,
      changed: (what) => listened.set([what]),
      logger: warningsLogger(),
    }),
  );
  await serve('hpe.com_cxi.sock');
  resolved.look();
  await listened.until((list) => list.length === 1);
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
    others.look();
    if (existsSync(stale)) setImmediate(look);
    else resolve();
  };
  look();
  await gone;
  expect([existsSync(file), existsSync(directory), listened.value, said]).toEqual([true, true, [], []]);
});

test('a predecessor that watches us takes over when we end, one with a plain name does not', async () => {
  await serve('hpe.com_cxi.sock');
  others.look();
  await listened.until((list) => list.length === 1);
  expect([others.predecessors, others.watchingPredecessors]).toEqual([1, 0]);
  await serve('hpe.com_cxi@000000000abcd.1.sock');
  others.look();
  await listened.until((list) => list.length === 2);
  expect([others.predecessors, others.watchingPredecessors]).toEqual([2, 1]);
});

test('a folder that is missing has no other instances', () => {
  stack.dispose();
  others.look();
  expect(others.predecessors).toBe(0);
});
