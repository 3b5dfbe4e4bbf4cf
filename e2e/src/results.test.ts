import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '@rackwright/testbed';
import { checkoutVersion } from './results.ts';

test('a checkout is known by its commit and by what was changed since', async () => {
  await using folder = await temporaryFolder('rwgit-');
  const file = join(folder.path, 'file');
  const git = (...words: string[]): void => {
    const who = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
    execFileSync('git', [...who, ...words], { cwd: folder.path });
  };
  expect(await checkoutVersion(folder.path)).toBe('unknown');
  git('init', '--quiet');
  await writeFile(file, 'one');
  git('add', 'file');
  git('commit', '--quiet', '--message=first');
  const clean = await checkoutVersion(folder.path);
  expect(clean).toMatch(/^[0-9a-f]{40}$/);
  await writeFile(file, 'two');
  const changed = await checkoutVersion(folder.path);
  expect(changed).toMatch(new RegExp(`^${clean}-dirty-[0-9a-f]{12}$`));
  await writeFile(file, 'three');
  expect(await checkoutVersion(folder.path)).not.toBe(changed);
  await writeFile(file, 'two');
  expect(await checkoutVersion(folder.path)).toBe(changed);
});
