import { execFile, execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { workspaceRoot } from './projects.ts';

let folder: string;
let clone: string;

// Stands in for Nx: a commit and a tag for each of two apps, unless it is a dry run.
const npx = `#!/usr/bin/env bash
echo "$*"
[[ $* == *--dry-run* ]] && exit 0
for app in x y; do printf '{\\n  "version": "0.2.0"\\n}\\n' >apps/$app/package.json; done
git add apps && git commit --quiet --message release
for app in x y; do git tag --annotate --message v "$app@0.2.0"; done
`;

const who = ['a', 'a@example.com'] as const;
const env = {
  ...process.env,
  ...{ GIT_AUTHOR_NAME: who[0], GIT_AUTHOR_EMAIL: who[1] },
  ...{ GIT_COMMITTER_NAME: who[0], GIT_COMMITTER_EMAIL: who[1] },
};

function git(...words: readonly string[]): string {
  return execFileSync('git', ['-C', clone, ...words], { env, encoding: 'utf8', stdio: 'pipe' }).trim();
}

async function place(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(clone, name)), { recursive: true });
  await writeFile(join(clone, name), text);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rwrelease-'));
  clone = join(folder, 'clone');
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', join(folder, 'origin')]);
  execFileSync('git', ['clone', '--quiet', join(folder, 'origin'), clone], { stdio: 'pipe' });
  for (const app of ['x', 'y']) await place(`apps/${app}/package.json`, '{\n  "version": "0.1.0"\n}\n');
  await place('.gitignore', 'dist\n');
  await place('.ci/release', '');
  await copyFile(join(workspaceRoot, '.ci/release'), join(clone, '.ci/release'));
  git('checkout', '--quiet', '-B', 'main');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  git('push', '--quiet', 'origin', 'main');
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/npx'), npx);
  await chmod(join(folder, 'bin/npx'), 0o755);
});

afterEach(() => rm(folder, { recursive: true }));

/** Runs the script; what it printed, and what the next jobs read. */
async function release(...words: readonly string[]): Promise<{ said: string; outputs: string }> {
  const path = { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  const { stdout, stderr } = await promisify(execFile)('bash', ['.ci/release', ...words], {
    cwd: clone,
    env: { ...env, ...path },
  });
  return { said: stdout + stderr, outputs: await readFile(join(clone, 'dist/released.env'), 'utf8') };
}

const nothing = 'RELEASED_APPS=\nRELEASED_COMMIT=\n';

test('new versions are pushed with their tags, and the next jobs are told; words go through to Nx', async () => {
  const { said, outputs } = await release('0.2.0', '--first-release');
  expect(said).toContain('nx release --skip-publish 0.2.0 --first-release\n');
  expect(outputs).toBe(`RELEASED_APPS=x,y\nRELEASED_COMMIT=${git('rev-parse', 'HEAD')}\n`);
  const there = git('ls-remote', 'origin');
  expect(there).toContain(`${git('rev-parse', 'HEAD')}\trefs/heads/main`);
  expect(there).toContain('refs/tags/x@0.2.0');
});

test('where main moved meanwhile nothing is released, and that is no failure', async () => {
  git('commit', '--quiet', '--allow-empty', '--message', 'second');
  git('push', '--quiet', 'origin', 'main');
  git('reset', '--quiet', '--hard', 'HEAD^');
  const { said, outputs } = await release();
  expect(said).toMatch(/^nothing released: main is at [0-9a-f]{40} by now/);
  expect(outputs).toBe(nothing);
  expect(git('tag')).toBe('');
});

test('a dry run leaves everything as it is', async () => {
  const before = git('rev-parse', 'HEAD');
  expect((await release('0.2.0', '--dry-run')).outputs).toBe(nothing);
  expect(git('rev-parse', 'HEAD')).toBe(before);
});

test('a release that was not published is named again by its tags, later commits or not', async () => {
  await release();
  const commit = git('rev-parse', 'HEAD');
  git('commit', '--quiet', '--allow-empty', '--message', 'later');
  const wanted = `RELEASED_APPS=x,y\nRELEASED_COMMIT=${commit}\n`;
  expect((await release('--tagged', 'x,y')).outputs).toBe(wanted);
  expect((await release('--tagged', 'x,y', 'y@0.2.0')).outputs).toBe(wanted);
  await expect(release('--tagged', 'x', 'HEAD')).rejects.toThrow('HEAD is not the release x@0.2.0');
  await expect(release('--tagged', 'z')).rejects.toThrow();
});
