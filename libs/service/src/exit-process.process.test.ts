import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'rackwright-exit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fifo = join(folder, 'fifo');
spawnSync('mkfifo', [fifo]);

const app = [
  process.execPath,
  '--conditions=@rackwright/source',
  fileURLToPath(new URL('./testdata/hanging-app.ts', import.meta.url)),
  fifo,
];
const asFirst = ['unshare', '--fork', '--pid', '--kill-child'];
const canUnshare = spawnSync('unshare', ['--fork', '--pid', 'true']).status === 0;

async function end([file = '', ...args]: readonly string[]): Promise<unknown> {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 10_000 });
  const stderr = text(child.stderr);
  const [code, signal] = await once(child, 'exit');
  return [signal ?? code, await stderr];
}

test('a process with a thread that hangs in the kernel ends all the same', async () => {
  expect(await end([...app, '1'])).toEqual(['SIGKILL', '']);
});

(canUnshare ? test : test.skip)('so it does as PID 1 of a container, and quietly (needs root)', async () => {
  expect(await end([...asFirst, ...app, '1'])).toEqual([
    expect.stringMatching(/^SIG(SEGV|ABRT|ILL|TRAP)$/),
    '',
  ]);
});
