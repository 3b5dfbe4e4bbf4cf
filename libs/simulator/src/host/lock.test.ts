import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { makeLock, withLock } from './lock.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'rw-lock-')), 'lock');
  makeLock(folder);
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

/** Runs this in a process of its own, with the lock at hand. */
function elsewhere(script: string) {
  const module = JSON.stringify(new URL('./lock.ts', import.meta.url).href);
  const text = `const { withLock } = await import(${module}); const folder = ${JSON.stringify(folder)}; ${script}`;
  const words = ['--conditions=@rackwright/source', '--input-type=module', '-e', text];
  return new SystemProcessRunner(systemClock).run([process.execPath, ...words]);
}

test('what is done with the lock is done by one after the other', async () => {
  const file = JSON.stringify(join(folder, '..', 'count'));
  const add = `
    const { readFileSync, writeFileSync } = await import('node:fs');
    for (let i = 0; i < 20; i++) withLock(folder, () => {
      let count = 0;
      try { count = Number(readFileSync(${file}, 'utf8')); } catch {}
      writeFileSync(${file}, String(count + 1));
    });
    process.stdout.write(readFileSync(${file}, 'utf8'));`;
  const outcomes = await Promise.all([1, 2, 3].map(() => elsewhere(add)));
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(Math.max(...outcomes.map(({ stdout }) => Number(stdout)))).toBe(60);
  expect(readdirSync(folder)).toEqual(['free']);
});

test('the lock of a process that was killed goes to the next', async () => {
  const dead = await elsewhere("withLock(folder, () => process.kill(process.pid, 'SIGKILL'));");
  expect(dead.signal).toBe('SIGKILL');
  expect(readdirSync(folder)).not.toEqual(['free']);
  expect(withLock(folder, () => 'mine')).toBe('mine');
  expect(readdirSync(folder)).toEqual(['free']);
});

test('an error gives the lock back', () => {
  expect(() =>
    withLock(folder, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(readdirSync(folder)).toEqual(['free']);
});
