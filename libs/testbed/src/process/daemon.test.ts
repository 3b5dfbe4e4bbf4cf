import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { waitUntil } from '../wait-until.ts';
import { Daemon, type DaemonSpec } from './daemon.ts';
import { hasEnded } from './process-fixture.ts';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.ts';

const clock = systemClock;
let folder: TemporaryFolder;
let count = 0;

beforeAll(async () => {
  folder = await temporaryFolder('rwdaemon-');
});
afterAll(() => folder[Symbol.asyncDispose]());

function shell(script: string, stopGraceMs = 5000): DaemonSpec {
  const log = join(folder.path, `${++count}.log`);
  const env = { PATH: process.env.PATH ?? '' };
  return { name: 'thing', program: '/bin/sh', args: ['-c', script], log, env, stopGraceMs };
}

/** Waits until the daemon has printed `text`. */
function printed(daemon: Daemon, text: string): Promise<string> {
  const look = async (): Promise<string | false> => {
    const lines = await daemon.lastLines();
    return lines.includes(text) && lines;
  };
  return waitUntil(`the daemon to print ${text}`, look, { clock });
}

test('its pid is that of the program itself, and its output goes to the log', async () => {
  const daemon = await Daemon.start(shell('echo "I am $$"; echo problem >&2; exit 3'), clock);
  expect(await daemon.exited).toEqual({ code: 3, signal: null });
  expect(await readFile(daemon.spec.log, 'utf8')).toBe(`I am ${daemon.pid}\nproblem\n`);
});

test('stopping lets the program end in its own way', async () => {
  const daemon = await Daemon.start(
    shell('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'),
    clock,
  );
  await printed(daemon, 'up');
  await daemon.stop();
  expect(daemon.exit).toEqual({ code: 0, signal: null });
  expect(await daemon.lastLines()).toMatch(/bye$/);
  await daemon.stop();
});

test('a program that ignores the request is killed when the grace is over', async () => {
  const daemon = await Daemon.start(shell('trap "" TERM; echo up; while :; do sleep 0.05; done', 200), clock);
  await printed(daemon, 'up');
  await daemon.stop();
  expect(daemon.exit).toEqual({ code: null, signal: 'SIGKILL' });
});

test('what the program started is stopped with it', async () => {
  const daemon = await Daemon.start(shell('sleep 1000 & echo "child $!"; wait'), clock);
  const pid = Number((await printed(daemon, 'child')).split(' ')[1]);
  await daemon.stop();
  await waitUntil('the child to end', () => hasEnded(pid), { clock });
});

test('what the program leaves running when it ends by itself goes too', async () => {
  const daemon = await Daemon.start(shell('sleep 1000 & echo "child $!"'), clock);
  const pid = Number((await printed(daemon, 'child')).split(' ')[1]);
  expect(await daemon.exited).toEqual({ code: 0, signal: null });
  await waitUntil('the child to end', () => hasEnded(pid), { clock });
});

test('a failure says how it ended and quotes its last lines', async () => {
  const daemon = await Daemon.start(shell('for i in $(seq 40); do echo line $i; done; exit 7'), clock);
  await daemon.exited;
  const error = await daemon.failure('cannot start');
  expect(error.message).toMatch(/^cannot start: thing exited with code 7\. Its last lines:\nline 26\n/);
  expect(error.message).toMatch(/line 40$/);
});

test('a program that is not there is a failure like any other', async () => {
  const daemon = await Daemon.start({ ...shell(''), program: '/nowhere/thing' }, clock);
  expect(await daemon.exited).toEqual({ code: 127, signal: null });
  expect((await daemon.failure('cannot start')).message).toMatch(/\/nowhere\/thing.*not found/);
});

test.each(['SIGKILL', 'SIGINT', 'SIGTERM'] as const)(
  'when the process that started it gets %s, the program goes with all it started',
  async (signal) => {
    const script = join(folder.path, `parent-${signal}.sh`);
    await writeFile(script, 'sleep 1000 & echo "child $!"; wait\n');
    const log = join(folder.path, `parent-${signal}.log`);
    const fixture = fileURLToPath(new URL('./daemon-parent.ts', import.meta.url));
    const parent = spawn(
      process.execPath,
      ['--conditions=@rackwright/source', fixture, log, '/bin/sh', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const output = await waitUntil('the child', async () => (await readFile(log, 'utf8')) || false, {
      clock,
    });
    parent.kill(signal);
    for (const pid of [Number(line), Number(output.split(' ')[1])]) {
      await waitUntil(`${pid} to end`, () => hasEnded(pid), { clock, deadlineMs: 10_000 });
    }
  },
);
