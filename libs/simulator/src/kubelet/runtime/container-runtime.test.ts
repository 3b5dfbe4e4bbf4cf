import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { waitFor } from '../testing/wait-for.ts';
import { type ContainerRecord, newest } from './container-record.ts';
import { ContainerRuntime, type ContainerSpec } from './container-runtime.ts';
import { ProcessGuard } from './process-guard.ts';

let folder: string;
let runtime: ContainerRuntime;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'rwcr-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const guard = stack.use(await ProcessGuard.start());
  runtime = stack.use(new ContainerRuntime({ clock: systemClock, guard }));
});

afterEach(() => stack.disposeAsync());

let serial = 0;

function spec(script: string, change: Partial<ContainerSpec> = {}): ContainerSpec {
  const name = `c${++serial}`;
  return {
    ...{ podUid: 'u', name, image: 'i', attempt: 0, cwd: folder, folder: join(folder, name) },
    argv: ['/bin/sh', '-c', script],
    env: { PATH: process.env.PATH ?? '', ODD_NAME: 'fine', 'odd.name': 'too' },
    logFile: join(folder, `${name}.log`),
    termination: { file: join(folder, `${name}.message`), fallbackToLogs: false },
    ...change,
  };
}

async function run(given: ContainerSpec): Promise<ContainerRecord> {
  const { id } = runtime.create(given);
  await runtime.start(id);
  return ended(id);
}

async function ended(id: string): Promise<ContainerRecord> {
  return waitFor(() => {
    const record = runtime.get(id);
    if (record?.state !== 'exited') throw new Error(`still ${record?.state}`);
    return record;
  });
}

function log(record: ContainerRecord): Promise<string[]> {
  return readFile(record.logFile, 'utf8').then((text) => text.trimEnd().split('\n'));
}

test('output goes to the log in the CRI format', async () => {
  const record = await run(spec('echo out; echo err >&2; printf half'));
  expect(record).toMatchObject({ exitCode: 0, reason: 'Completed' });
  const lines = (await log(record)).map((line) =>
    line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /, ''),
  );
  expect(lines.sort()).toEqual(['stderr F err', 'stdout F out', 'stdout P half']);
});

test.each([
  ['exit 3', 3],
  ['kill -9 $$', 137],
  ['kill -15 $$', 143],
])('after %j the exit code is %d', async (script, exitCode) => {
  expect(await run(spec(script))).toMatchObject({ exitCode, reason: 'Error' });
});

test('a program that is not there is a start error', async () => {
  const { id } = runtime.create(spec('', { argv: ['/nowhere/thing'] }));
  await expect(runtime.start(id)).rejects.toMatchObject({ code: 'NotFound' });
  expect(runtime.get(id)).toMatchObject({ state: 'exited', exitCode: 128, reason: 'StartError' });
});

test('variables of any name reach the program', async () => {
  const record = await run(spec('', { argv: ['env'] }));
  const lines = await log(record);
  const odd = lines.map((line) => line.split(' ')[3]).filter((line) => /^odd.name=/i.test(line ?? ''));
  expect(odd).toEqual(['ODD_NAME=fine', 'odd.name=too']);
});

test('the termination message is what the program wrote there, or the end of the log', async () => {
  const file = join(folder, 'words');
  const spoken = await run(spec(`printf bye > ${file}`, { termination: { file, fallbackToLogs: false } }));
  expect(spoken.message).toBe('bye');
  const none = { file: join(folder, 'none'), fallbackToLogs: true };
  expect((await run(spec('echo one; echo two; exit 1', { termination: none }))).message).toBe('one\ntwo');
  expect((await run(spec('echo fine', { termination: none }))).message).toBeUndefined();
});

test('a stop lets the program end by itself', async () => {
  const { id } = runtime.create(spec('trap "exit 0" TERM; echo up; while :; do sleep 0.02; done'));
  await runtime.start(id);
  await waitFor(async () => expect(await log(runtime.get(id) as ContainerRecord)).toHaveLength(1));
  await runtime.stop(id, 5000);
  expect(runtime.get(id)).toMatchObject({ state: 'exited', exitCode: 0 });
});

test('a program that will not end is killed with all it started when its time is up', async () => {
  const { id } = runtime.create(spec('trap "" TERM; sleep 1000 & echo $!; while :; do sleep 0.02; done'));
  await runtime.start(id);
  const [line = ''] = await waitFor(async () => {
    const lines = await log(runtime.get(id) as ContainerRecord);
    expect(lines[0]).toMatch(/ \d+$/);
    return lines;
  });
  await runtime.stop(id, 100);
  expect(runtime.get(id)).toMatchObject({ exitCode: 137 });
  const pid = Number(line.split(' ').at(-1));
  await waitFor(() => expect(() => process.kill(pid, 0)).toThrow());
});

test('what the main process leaves behind ends with it', async () => {
  const record = await run(spec('sleep 1000 >/dev/null 2>&1 & echo $!'));
  const pid = Number((await log(record))[0]?.split(' ').at(-1));
  await waitFor(() => expect(() => process.kill(pid, 0)).toThrow());
});

test('commands run beside the main process with its environment, within their time', async () => {
  const { id } = runtime.create(spec('sleep 1000', { env: { PATH: process.env.PATH ?? '', WHO: 'me' } }));
  await runtime.start(id);
  expect(await runtime.exec(id, ['sh', '-c', 'echo $WHO; exit 2'], 5000)).toEqual({
    exitCode: 2,
    output: 'me\n',
  });
  await expect(runtime.exec(id, ['sleep', '1000'], 50)).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  await expect(runtime.exec('nope', ['true'], 50)).rejects.toMatchObject({ code: 'NotFound' });
});

test('listeners hear of every change, and a removed container is forgotten with its folder', async () => {
  const heard: string[] = [];
  using _ = runtime.subscribe((record) => heard.push(record.state));
  const record = await run(spec('true'));
  expect(heard).toEqual(['running', 'exited']);
  await runtime.remove(record.id);
  expect(runtime.list('u')).toEqual([]);
  await expect(stat(join(folder, record.name))).rejects.toThrow();
});

test('a running container cannot be removed', async () => {
  const { id } = runtime.create(spec('sleep 1000'));
  await runtime.start(id);
  await expect(runtime.remove(id)).rejects.toMatchObject({ code: 'FailedPrecondition' });
});

test('the newest container of a name is the one with the highest attempt', () => {
  const record = { id: '', podUid: '', image: '', state: 'exited', createdAt: 0, logFile: '' } as const;
  const records = [0, 2, 1].map((attempt) => ({ ...record, name: 'a', attempt }));
  expect(newest(records, 'a')?.attempt).toBe(2);
  expect(newest(records, 'b')).toBeUndefined();
});
