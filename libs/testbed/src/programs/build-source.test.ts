import { execFileSync, spawnSync } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Clock, systemClock } from '@rackwright/core';
import { thisProcess } from '../process/owner.ts';
import { hasEnded } from '../process/process-fixture.ts';
import { waitUntil } from '../wait-until.ts';
import { onPath } from './local-sources.ts';
import { Machine, script, writeProgram } from './resolver-fixture.ts';

const [go] = await onPath(['go'], process.env.PATH ?? '');

async function machineWithGo(): Promise<Machine> {
  const machine = await Machine.create();
  machine.env = { ...machine.env, PATH: [machine.bin, process.env.PATH].join(delimiter) };
  return machine;
}

/** A `go` that starts a child of its own, says who it is, and never ends. */
async function machineWithEndlessGo(): Promise<{ machine: Machine; pids: string }> {
  const machine = await Machine.create();
  const pids = join(machine.folder, 'pids');
  machine.env = { ...machine.env, PATH: withSystem(machine.bin) };
  await writeProgram(
    join(machine.bin, 'go'),
    `#!/bin/sh\nsleep 1000 &\necho "$$ $!" > ${pids}.new\nmv ${pids}.new ${pids}\nwait\n`,
  );
  return { machine, pids };
}

function withSystem(bin: string): string {
  return [bin, '/usr/bin', '/bin'].join(delimiter);
}

async function readPids(file: string): Promise<number[]> {
  const text = await waitUntil('the build to run', () => readFile(file, 'utf8'), { clock: systemClock });
  return text.trim().split(' ').map(Number);
}

const withGo = go !== undefined || process.env.CI === 'true' ? describe : describe.skip;

withGo('with Go on this machine', () => {
  test('a broken program in the cache is noticed and built anew', async () => {
    await using machine = await machineWithGo();
    await writeProgram(machine.cached, 'garbage');
    expect(await machine.resolver().resolve('kubeconform')).toBe(machine.cached);
    expect(execFileSync(machine.cached).toString()).toBe('v1.2.3\n');
    expect(machine.lines[0]).toBe('building kubeconform v1.2.3 from Go modules, which can take minutes');
    expect(machine.lines.at(-1)).toMatch(/^built kubeconform v1\.2\.3 in \d+s$/);
    expect(await machine.leftovers()).toEqual([]);
  }, 180_000);

  test('a build that fails is told with what the compiler said', async () => {
    await using machine = await machineWithGo();
    machine.spec = { ...machine.spec, source: { ...machine.spec.source, package: './missing' } };
    await expect(machine.resolver().resolve('kubeconform')).rejects.toThrow(/build: failed after .*missing/s);
    expect(await machine.leftovers()).toEqual([]);
  }, 180_000);
});

/** A `go` that at once delivers a program. */
async function machineWithInstantGo(): Promise<Machine> {
  const machine = await Machine.create();
  machine.env = { ...machine.env, PATH: withSystem(machine.bin) };
  await writeProgram(
    join(machine.bin, 'go'),
    `#!/bin/sh\nfor a; do case $a in -o=*) printf '%s' '${script('v1.2.3')}' > "\${a#-o=}";; esac; done\n`,
  );
  return machine;
}

test('two who want the same program at once build it once', async () => {
  await using machine = await machineWithInstantGo();
  const paths = await Promise.all([
    machine.resolver().resolve('kubeconform'),
    machine.resolver().resolve('kubeconform'),
  ]);
  expect(paths).toEqual([machine.cached, machine.cached]);
  expect(machine.lines.filter((line) => line.startsWith('building'))).toHaveLength(1);
  expect(machine.lines).toContainEqual(expect.stringMatching(/^waiting for process \d+/));
});

test('what a killed build left is removed by the next one', async () => {
  await using machine = await machineWithInstantGo();
  const killed = JSON.stringify({ ...thisProcess(), pid: spawnSync('true').pid });
  const cache = join(machine.folder, 'cache/rackwright');
  await writeProgram(join(cache, 'build-1/owner.json'), killed);
  await writeProgram(join(cache, 'build-1/gocache/00/object'), 'half');
  await writeProgram(join(dirname(machine.cached), '.draft-1/owner.json'), killed);
  await writeProgram(join(dirname(machine.cached), '.draft-1/kubeconform'), 'half');
  await writeProgram(join(cache, 'locks/go-module'), killed);
  expect(await machine.resolver().resolve('kubeconform')).toBe(machine.cached);
  expect(await machine.leftovers()).toEqual([]);
});

test('a build that is cancelled is stopped with all it started and leaves nothing', async () => {
  const { machine, pids } = await machineWithEndlessGo();
  await using _ = machine;
  const stop = new AbortController();
  const search = machine.resolver().resolve('kubeconform', stop.signal);
  const outcome = search.catch((reason: unknown) => reason);
  const running = await readPids(pids);
  stop.abort(new Error('enough'));
  expect(await outcome).toMatchObject({ code: 'Cancelled' });
  for (const pid of running)
    await waitUntil(`${pid} to be gone`, () => hasEnded(pid), { clock: systemClock });
  expect(await machine.leftovers()).toEqual([]);
  await expect(access(machine.cached)).rejects.toThrow(/ENOENT/);
});

test('a build that takes long says so every ten seconds', async () => {
  const { machine, pids } = await machineWithEndlessGo();
  await using _ = machine;
  const stop = new AbortController();
  const told: string[] = [];
  const resolver = machine.resolver({
    clock: impatient,
    onLine: (line) => {
      told.push(line);
      if (told.length === 3) stop.abort();
    },
  });
  await resolver.resolve('kubeconform', stop.signal).catch(() => undefined);
  await readPids(pids);
  expect(told.slice(1)).toEqual([
    expect.stringMatching(/^still building kubeconform v1\.2\.3 \(\d+ s\)$/),
    expect.stringMatching(/^still building kubeconform v1\.2\.3 \(\d+ s\)$/),
  ]);
});

/** Ten seconds pass in a twentieth of one. */
const impatient: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic(),
  sleep: (ms, signal) => systemClock.sleep(ms === 10_000 ? 50 : ms, signal),
  timer: (ms, fn) => systemClock.timer(ms, fn),
};
