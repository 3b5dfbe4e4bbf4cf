import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from './run.ts';

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

test('endless output is cut, not kept', async () => {
  const outcome = await runner.run([node, '-e', 'process.stdout.write("x".repeat(1e6))'], {
    maxOutputBytes: 1000,
  });
  expect(outcome.stdout.length).toBe(1000);
});

test('a program that cannot be started for want of file descriptors is an error, not the end of the process', () => {
  const script = fileURLToPath(new URL('./testdata/no-descriptors-run.ts', import.meta.url));
  const command = 'ulimit -n 64; exec "$0" --conditions=@rackwright/source "$1"';
  expect(execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' })).toBe(
    'cannot start true\n',
  );
});
