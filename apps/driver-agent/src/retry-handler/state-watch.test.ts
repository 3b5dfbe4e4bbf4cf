import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Lifetime, type LogFields, ManualClock, silentLogger } from '@rackwright/core';
import {
  formatRetryHandlerState,
  type RetryHandlerState,
  retryHandlerStatePath,
  type SeenRetryHandlers,
} from '@rackwright/hardware-cxi';
import { HostFiles, HostRoot } from '@rackwright/host';
import { handler } from '../testing/devices.ts';
import { RetryHandlerStateWatch } from './state-watch.ts';

let root: HostRoot;
let lifetime: Lifetime;
let warnings: LogFields[];
const clock = new ManualClock();

beforeEach(async () => {
  root = new HostRoot(await mkdtemp(join(tmpdir(), 'rw-state-')));
  await mkdir(dirname(root.path(retryHandlerStatePath)), { recursive: true });
  lifetime = new Lifetime();
  warnings = [];
});
afterEach(async () => {
  await lifetime[Symbol.asyncDispose]();
  await rm(root.prefix, { recursive: true });
});

function watch(): SeenRetryHandlers[] {
  const logger = { ...silentLogger, warn: (_: string, fields: LogFields = {}) => warnings.push(fields) };
  const watcher = new RetryHandlerStateWatch({ files: new HostFiles(root), clock, logger });
  const changes: SeenRetryHandlers[] = [];
  watcher.seen.subscribe((seen) => changes.push(seen));
  lifetime.spawn('watch', (signal) => watcher.start(signal));
  return changes;
}

const write = (text: string): Promise<void> => writeFile(root.path(retryHandlerStatePath), text);
const state = (updatedAt: string, restarts = 0): RetryHandlerState => ({
  version: 1,
  updatedAt,
  onCrash: 'restart',
  handlers: [handler({ restarts })],
});

test('a state that is written is seen within half a second', async () => {
  const changes = watch();
  await clock.advance(0);
  await write(formatRetryHandlerState(state('now')));
  await clock.advance(500);
  expect(changes).toEqual([{ kind: 'state', state: state('now') }]);
});

test('the same handlers written again are no news', async () => {
  const changes = watch();
  for (const updatedAt of ['a', 'b', 'c']) {
    await write(formatRetryHandlerState(state(updatedAt)));
    await clock.advance(500);
  }
  expect(changes).toHaveLength(1);
});

test('a file that goes away and one that makes no sense are told apart', async () => {
  const changes = watch();
  await write('{');
  await clock.advance(500);
  await write('{ ');
  await clock.advance(500);
  await rm(root.path(retryHandlerStatePath));
  await clock.advance(500);
  expect(changes.map(({ kind }) => kind)).toEqual(['unreadable', 'absent']);
  expect(warnings).toHaveLength(2);
});
