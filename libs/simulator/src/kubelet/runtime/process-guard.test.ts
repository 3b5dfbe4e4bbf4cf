import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { waitFor } from '../testing/wait-for.ts';
import { ContainerProcess } from './container-process.ts';
import { ProcessGuard } from './process-guard.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwpg-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'when the parent gets %s its containers, their children and the folder go',
  async (signal) => {
    const place = join(folder, 'run');
    const script = fileURLToPath(new URL('../testing/guarded-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, ['--conditions=@rackwright/source', script, place], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const pids = line.split(' ').map(Number);
    expect(pids.every(alive)).toBe(true);
    parent.kill(signal);
    await waitFor(() => expect(pids.some(alive)).toBe(false));
    await waitFor(() => expect(existsSync(place)).toBe(false));
  },
);

test('groups that have ended are not killed, the others are', async () => {
  const guard = await ProcessGuard.start();
  const env = { PATH: process.env.PATH ?? '' };
  const start = (): Promise<ContainerProcess> =>
    ContainerProcess.start({ argv: ['/bin/sleep', '1000'], env, cwd: '/' });
  const [kept, killed] = [await start(), await start()];
  guard.add(kept.pid);
  guard.add(killed.pid);
  guard.remove(kept.pid);
  await guard[Symbol.asyncDispose]();
  expect(await killed.exited).toBe(137);
  expect(alive(kept.pid)).toBe(true);
  kept.killGroup();
  await kept.exited;
});

test('disposing it removes its folders', async () => {
  const places = [join(folder, 'a b'), join(folder, "it's")];
  for (const place of places) await mkdir(place);
  const guard = await ProcessGuard.start(places);
  await guard[Symbol.asyncDispose]();
  expect(places.map((place) => existsSync(place))).toEqual([false, false]);
});
