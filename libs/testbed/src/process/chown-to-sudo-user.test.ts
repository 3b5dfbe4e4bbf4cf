import { chown, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { chownToSudoUser } from './chown-to-sudo-user.ts';
import { temporaryFolder } from './temporary-folder.ts';

const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? test : test.skip;
const named = (name: string): string => (isRoot ? name : `${name} (skipped: needs root)`);
const sudo = { SUDO_UID: '1234', SUDO_GID: '1235' };

asRoot(
  named('what root made in the place of who called sudo is theirs afterwards, and nothing else'),
  async () => {
    await using folder = await temporaryFolder('rwsudo-');
    const [home, foreign] = [join(folder.path, 'home'), join(folder.path, 'foreign')];
    const outside = join(folder.path, 'outside');
    await writeFile(outside, '');
    for (const place of [home, foreign]) {
      await mkdir(join(place, 'dist/e2e'), { recursive: true });
      await writeFile(join(place, 'dist/e2e/node.json'), '');
      await symlink(outside, join(place, 'dist/link'));
    }
    await chown(home, 1234, 1235);
    await writeFile(join(home, 'dist/other'), '');
    await chown(join(home, 'dist/other'), 77, 77);
    const owner = async (path: string): Promise<number> => (await stat(path)).uid;
    const folders = [join(home, 'dist'), join(foreign, 'dist'), join(home, 'missing')];
    await chownToSudoUser(folders, {});
    expect(await owner(join(home, 'dist'))).toBe(0);
    await chownToSudoUser(folders, sudo);
    expect(await owner(join(home, 'dist'))).toBe(1234);
    expect(await owner(join(home, 'dist/e2e/node.json'))).toBe(1234);
    expect(await owner(join(home, 'dist/other'))).toBe(77);
    expect(await owner(outside)).toBe(0);
    expect(await owner(join(foreign, 'dist/e2e/node.json'))).toBe(0);
  },
);
