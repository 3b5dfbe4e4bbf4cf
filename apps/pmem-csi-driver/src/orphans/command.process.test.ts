import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const node = ['--conditions=@rackwright/source', '--disable-warning=ExperimentalWarning'];

test('log lines of orphans are not among what programs read, and outside of a pod it says what it needs', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...node, main, 'orphans', '-o=json'], {
    encoding: 'utf8',
    env: {},
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('run in a pod whose service account token is mounted');
});
