import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock, withDeadline } from '@rackwright/core';
import { type TemporaryFolder, temporaryFolder } from '../process/temporary-folder.ts';

const clock = systemClock;
const permitted = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0;
const ifPermitted = permitted ? test : test.skip;
const named = (name: string): string =>
  permitted ? name : `${name} (skipped: namespaces of its own need root)`;

let folder: TemporaryFolder;

beforeAll(async () => {
  folder = await temporaryFolder('rwencl-');
});
afterAll(() => folder[Symbol.asyncDispose]());

/** A process that runs `script` in namespaces of its own. */
function inNamespaces(script: string): ChildProcessByStdio<null, Readable, null> {
  const fixture = fileURLToPath(new URL('./namespaces-parent.ts', import.meta.url));
  return spawn(process.execPath, ['--conditions=@rackwright/source', fixture, '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder.path },
  });
}

/** The folders of all such runs. */
async function left(): Promise<string[]> {
  return (await readdir(folder.path)).filter((name) => name.startsWith('rwn-'));
}

ifPermitted(named('it has processes of its own, passes the exit code on and leaves nothing'), async () => {
  const parent = inNamespaces('console.log(process.pid); process.exitCode = 7');
  const [said] = await Promise.all([text(parent.stdout), once(parent, 'exit')]);
  expect({ said, code: parent.exitCode, left: await left() }).toEqual({ said: '1\n', code: 7, left: [] });
});

ifPermitted(
  named(
    'when the process that started it gets SIGKILL, every process in it goes, and the next run clears up',
  ),
  async () => {
    const parent = inNamespaces(
      `require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit', detached: true })
        .on('spawn', () => console.log('up'));`,
    );
    const lines = createInterface(parent.stdout);
    expect(await once(lines, 'line')).toEqual(['up']);
    // Each process in the namespaces holds the other end of this pipe.
    const ended = once(lines, 'close');
    parent.kill('SIGKILL');
    // A pipe that stays open must fail this test, not hold up the next.
    await withDeadline(clock, 10_000, 'the end of every process inside', () => ended).finally(() =>
      parent.stdout.destroy(),
    );
    expect(await left()).toHaveLength(1);
    const next = inNamespaces('');
    await once(next, 'exit');
    expect(await left()).toEqual([]);
  },
);
