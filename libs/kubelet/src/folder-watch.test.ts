import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Lifetime, ManualClock } from '@rackwright/core';
import { FolderWatch } from './folder-watch.ts';
import { socketFolder } from './testing/index.ts';

test('a file that comes or goes is seen at once, without waiting for the interval', async () => {
  using folder = socketFolder();
  await using lifetime = new Lifetime();
  const watch = new FolderWatch({ folder: folder.path, clock: new ManualClock() });
  lifetime.spawn('watch', (signal) => watch.start(signal));
  for (const change of [
    () => writeFileSync(join(folder.path, 'kubelet.sock'), ''),
    () => rmSync(join(folder.path, 'kubelet.sock')),
  ]) {
    const before = watch.looks.value;
    change();
    await watch.looks.until((looks) => looks > before);
  }
});

test('a folder that was replaced, or comes late, is watched from the next interval on', async () => {
  using folder = socketFolder();
  await using lifetime = new Lifetime();
  const clock = new ManualClock();
  const path = join(folder.path, 'device-plugins');
  const watch = new FolderWatch({ folder: path, clock, pollMs: 1000 });
  lifetime.spawn('watch', (signal) => watch.start(signal));
  for (let round = 0; round < 2; round++) {
    mkdirSync(path);
    await clock.advance(1000);
    const before = watch.looks.value;
    writeFileSync(join(path, 'kubelet.sock'), '');
    await watch.looks.until((looks) => looks > before);
    rmSync(path, { recursive: true });
    await clock.advance(1000);
  }
});

test('polling goes on while there is no folder at all', async () => {
  await using lifetime = new Lifetime();
  const clock = new ManualClock();
  const watch = new FolderWatch({ folder: '/nonexistent/folder', clock, pollMs: 200 });
  lifetime.spawn('watch', (signal) => watch.start(signal));
  await clock.advance(1000);
  expect(watch.looks.value).toBeGreaterThanOrEqual(5);
});
