import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { readCommit } from './commit.ts';

const runner = new SystemProcessRunner(systemClock);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rwcommit-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function git(...words: readonly string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  const env = { ...process.env, GIT_COMMITTER_DATE: '1700000000 +0000', GIT_AUTHOR_DATE: '1600000000 +0000' };
  return execFileSync('git', ['-C', folder, ...who, ...words], { env, encoding: 'utf8' }).trim();
}

test('a checkout is known by its commit and the time of it, and as dirty when it was changed', async () => {
  git('init', '--quiet');
  writeFileSync(join(folder, 'a'), '1');
  git('add', 'a');
  git('commit', '--quiet', '--message', 'x');
  git('tag', 'v1');
  const commit = {
    revision: git('rev-parse', 'HEAD'),
    tree: git('rev-parse', 'HEAD^{tree}'),
    time: new Date(1_700_000_000_000),
  };
  expect(await readCommit(folder, {}, runner)).toEqual(commit);
  const { time } = commit;
  expect(await readCommit(folder, { RACKWRIGHT_REVISION: 'b' }, runner)).toEqual({ revision: 'b', time });
  writeFileSync(join(folder, 'a'), '2');
  expect(await readCommit(folder, {}, runner)).toEqual({ ...commit, revision: `${commit.revision}-dirty` });
});

test('without a repository the environment says it, or the way to say it is told', async () => {
  const env = { RACKWRIGHT_REVISION: 'abc', SOURCE_DATE_EPOCH: '5' };
  expect(await readCommit(folder, env, runner)).toEqual({ revision: 'abc', time: new Date(5000) });
  await expect(readCommit(folder, { SOURCE_DATE_EPOCH: '5' }, runner)).rejects.toMatchObject({
    code: 'FailedPrecondition',
    remedy: expect.stringContaining('RACKWRIGHT_REVISION'),
  });
});
