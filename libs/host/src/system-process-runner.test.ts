import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { ManualClock, systemClock } from '@rackwright/core';
import { canMountFuse, FrozenFolder } from '@rackwright/simulator';
import { SystemProcessRunner } from './system-process-runner.ts';

const runner = new SystemProcessRunner(systemClock);
const node = process.execPath;

test('output, input and exit code are passed, arguments are not interpreted', async () => {
  const script = 'process.stdin.pipe(process.stderr); console.log(process.argv[1]); process.exitCode = 3';
  const outcome = await runner.run([node, '-e', script, '$(echo no); `x`'], { input: 'hello' });
  expect(outcome).toEqual({ code: 3, signal: null, stdout: '$(echo no); `x`\n', stderr: 'hello' });
});

test('a missing program is NotFound and names it', async () => {
  await expect(runner.run(['/no/such/program'])).rejects.toMatchObject({
    code: 'NotFound',
    message: 'cannot start /no/such/program',
  });
});

test('a program past its deadline is stopped', async () => {
  await expect(
    runner.run([node, '-e', 'setInterval(() => {}, 1000)'], { deadlineMs: 100 }),
  ).rejects.toMatchObject({
    code: 'DeadlineExceeded',
  });
});

test('a cancelled program is stopped', async () => {
  const controller = new AbortController();
  const run = runner.run([node, '-e', 'setInterval(() => {}, 1000)'], { signal: controller.signal });
  controller.abort(new Error('bye'));
  await expect(run).rejects.toMatchObject({ code: 'Cancelled' });
});

test.each(['stdout', 'stderr'])(
  'more output on %s than may be is an error, never cut silently',
  async (stream) => {
    const script = `setInterval(() => process.${stream}.write('x'.repeat(600)), 1)`;
    await expect(runner.run([node, '-e', script], { maxOutputBytes: 1000 })).rejects.toMatchObject({
      code: 'ResourceExhausted',
      message: expect.stringContaining('printed more than 1000 bytes'),
    });
    const outcome = await runner.run([node, '-e', `process.${stream}.write('x'.repeat(1000))`], {
      maxOutputBytes: 1000,
    });
    expect(outcome.stdout.length + outcome.stderr.length).toBe(1000);
  },
);

test('tools speak the language of the C locale, unless another one is asked for', async () => {
  const script = 'echo $LC_ALL $MORE';
  const spoken = (env?: Record<string, string>) =>
    runner.run(['/bin/sh', '-c', script], env === undefined ? {} : { env }).then(({ stdout }) => stdout);
  expect(await spoken()).toBe('C\n');
  expect(await spoken({ MORE: 'x' })).toBe('C x\n');
  expect(await spoken({ LC_ALL: 'de_DE.UTF-8' })).toBe('de_DE.UTF-8\n');
});

const wait = { clock: systemClock, deadlineMs: 10_000, intervalMs: 10 };
let folder: string;
/** Where a script writes the pid of what it started in the background. */
let pidFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rw-run-'));
  pidFile = join(folder, 'pid');
});

afterEach(() => rmSync(folder, { recursive: true }));

/** What a script started in the background and named in the file; undefined until it has. */
function background(): number | undefined {
  const text = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : '';
  return text === '' ? undefined : Number(text);
}

function isAlive(pid: number | undefined): boolean {
  return pid !== undefined && existsSync(`/proc/${pid}`);
}

test('at the deadline the call ends, and then all that the program started', async () => {
  const script = `sleep 8 & echo $! > ${pidFile}; wait`;
  await expect(runner.run(['sh', '-c', script], { deadlineMs: 200 })).rejects.toMatchObject({
    code: 'DeadlineExceeded',
  });
  // Had it waited for the pipes, the sleep would be over.
  await until('nobody to sleep', () => background() !== undefined && !isAlive(background()));
});

test('who ignores SIGTERM is killed, and counted until then', async () => {
  const clock = new ManualClock();
  const patient = new SystemProcessRunner(clock);
  const script = `trap '' TERM; sleep 60 & echo $! > ${pidFile}; while :; do wait; done`;
  const run = patient.run(['sh', '-c', script], { deadlineMs: 1000, key: 'nvme0n1' });
  run.catch(() => undefined);
  await until('the program to run', () => isAlive(background()));
  await clock.advance(1000);
  await expect(run).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  expect(patient.stragglers).toMatchObject([{ program: 'sh' }]);
  await expect(patient.run(['true'], { key: 'nvme0n1' })).rejects.toMatchObject({
    code: 'Unavailable',
    message: expect.stringMatching(/^true for nvme0n1 is not started: sh \(pid \d+\) was told to stop/),
  });
  await expect(patient.run(['true'], { key: 'nvme1n1' })).resolves.toMatchObject({ code: 0 });
  await clock.advance(2000);
  await until('it to be gone', () => patient.stragglers.length === 0 && !isAlive(background()));
  await expect(patient.run(['true'], { key: 'nvme0n1' })).resolves.toMatchObject({ code: 0 });
});

test('what is to outlive the program does', async () => {
  const script = `sleep 60 & echo $! > ${pidFile}; wait`;
  const run = runner.run(['sh', '-c', script], { deadlineMs: 300, stops: 'program' });
  await expect(run).rejects.toMatchObject({ code: 'DeadlineExceeded' });
  await until('the program to be gone', () => runner.stragglers.length === 0);
  expect(isAlive(background())).toBe(true);
  process.kill(background() ?? 0, 'SIGKILL');
});

test('a program that leaves something running in the background has ended', async () => {
  const clock = new ManualClock();
  const script = `echo done; sleep 60 & echo $! > ${pidFile}`;
  const run = new SystemProcessRunner(clock).run(['sh', '-c', script]);
  // Only the clock of the runner can make it wait for those pipes.
  const ticking = setInterval(() => void clock.advance(250), 20);
  await expect(run).resolves.toMatchObject({ code: 0, stdout: 'done\n' });
  clearInterval(ticking);
  expect(isAlive(background())).toBe(true);
  process.kill(background() ?? 0, 'SIGKILL');
});

test('a call with a signal that has aborted starts nothing', async () => {
  const run = runner.run(['touch', join(folder, 'made')], { signal: AbortSignal.abort(new Error('bye')) });
  await expect(run).rejects.toMatchObject({ code: 'Cancelled' });
  expect(existsSync(join(folder, 'made'))).toBe(false);
});

(canMountFuse() ? test : test.skip)(
  'a program in an uninterruptible sleep blocks nobody: the call ends, others run, and it is counted until it wakes (needs root and /dev/fuse)',
  async () => {
    const frozen = await FrozenFolder.mount(folder);
    const run = runner.run(['stat', join(folder, 'file')], { deadlineMs: 200, key: 'disk' });
    await expect(run).rejects.toMatchObject({ code: 'DeadlineExceeded' });
    await until('SIGKILL to have been of no use', () => stateOf(runner.stragglers[0]?.pid) === 'D');
    await expect(runner.run(['true'], { key: 'disk' })).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(runner.run(['true'], { key: 'other disk' })).resolves.toMatchObject({ code: 0 });
    await frozen.unmount();
    await until('it to be gone', () => runner.stragglers.length === 0);
  },
);

function stateOf(pid: number | undefined): string | undefined {
  if (pid === undefined || !existsSync(`/proc/${pid}/stat`)) return undefined;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  // A SIGKILL that is pending was sent.
  const killed = (BigInt(`0x${/^SigPnd:\s*(\w+)$/m.exec(status)?.[1] ?? '0'}`) >> 8n) & 1n;
  const shared = (BigInt(`0x${/^ShdPnd:\s*(\w+)$/m.exec(status)?.[1] ?? '0'}`) >> 8n) & 1n;
  return killed + shared > 0n ? /^State:\s*(\w)/m.exec(status)?.[1] : undefined;
}

test('hundreds of runs that end, fail, hang and print too much leave no process, zombie or descriptor', async () => {
  const count = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 10_000 : 300;
  const before = { children: children(), descriptors: readdirSync('/proc/self/fd').length };
  const kinds: (() => Promise<unknown>)[] = [
    () => runner.run(['true']),
    () => runner.run(['false']),
    () => runner.run(['/no/such/program']),
    () => runner.run(['sh', '-c', 'sleep 30 & wait'], { deadlineMs: 5 }),
    () => runner.run(['yes'], { maxOutputBytes: 1000 }),
  ];
  for (let done = 0; done < count; done += 20) {
    const batch = Array.from({ length: 20 }, (_, i) => kinds[(done + i) % kinds.length]?.());
    await Promise.allSettled(batch);
  }
  await until('all to be as before', () => {
    expect({ children: children(), descriptors: readdirSync('/proc/self/fd').length }).toEqual(before);
    return runner.stragglers.length === 0;
  });
}, 300_000);

/** Children of this process, zombies too. */
function children(): string {
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim();
}

/** Waits until `check` holds; an assertion that fails counts as not yet. */
async function until(what: string, check: () => boolean): Promise<void> {
  const end = wait.clock.monotonic() + wait.deadlineMs;
  for (;;) {
    try {
      if (check()) return;
    } catch (error) {
      if (wait.clock.monotonic() > end) throw error;
    }
    if (wait.clock.monotonic() > end) throw new Error(`waited in vain for ${what}`);
    await wait.clock.sleep(wait.intervalMs);
  }
}

test('a program that cannot be started for want of file descriptors is an error, not the end of the process', () => {
  const script = fileURLToPath(new URL('./testdata/no-descriptors-run.ts', import.meta.url));
  const command = 'ulimit -n 64; exec "$0" --conditions=@rackwright/source "$1"';
  expect(execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' })).toBe(
    'cannot start true\n',
  );
});
