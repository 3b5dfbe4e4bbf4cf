import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { temporaryFolder } from '../process/temporary-folder.ts';
import { extractMember } from './archive.ts';

const limit = 1024 * 1024;

/** An archive made by the machine's own tar. */
async function archive(files: Record<string, string>, format = 'ustar'): Promise<Buffer> {
  await using folder = await temporaryFolder('rwtar-');
  const names = Object.keys(files);
  for (const name of names) {
    const path = join(folder.path, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, files[name] ?? '');
  }
  execFileSync('tar', [`--format=${format}`, '-czf', 'a.tgz', ...names], { cwd: folder.path });
  return readFile(join(folder.path, 'a.tgz'));
}

test.each(['ustar', 'gnu', 'pax'])('a program comes out of a %s archive as it went in', async (format) => {
  const program = `#!/bin/sh\n${'x'.repeat(1500)}\n`;
  const packed = await archive({ 'etcd-v3/README.md': 'read me', 'etcd-v3/etcd': program }, format);
  expect((await extractMember(packed, 'etcd-v3/etcd', limit)).toString()).toBe(program);
});

test('a member that is not there is named', async () => {
  const packed = await archive({ 'linux-amd64/helm': 'helm' });
  await expect(extractMember(packed, 'linux-arm64/helm', limit)).rejects.toThrow(/no file linux-arm64\/helm/);
});

test('a folder or a link of the right name is no program', async () => {
  await using folder = await temporaryFolder('rwtar-');
  execFileSync('sh', ['-c', 'mkdir helm && ln -s /bin/sh link && tar -czf a.tgz helm link'], {
    cwd: folder.path,
  });
  const packed = await readFile(join(folder.path, 'a.tgz'));
  await expect(extractMember(packed, 'link', limit)).rejects.toThrow(/no file link/);
  await expect(extractMember(packed, 'helm', limit)).rejects.toThrow(/no file helm/);
});

test('an archive that unpacks to more than is allowed is refused', async () => {
  const bomb = gzipSync(Buffer.alloc(4 * limit));
  await expect(extractMember(bomb, 'any', limit)).rejects.toThrow(/cannot be unpacked/);
});

test('what is no archive is refused', async () => {
  await expect(extractMember(Buffer.from('not gzip'), 'any', limit)).rejects.toThrow(/cannot be unpacked/);
});

test('a cut archive never yields a part of the program', async () => {
  const whole = 'y'.repeat(5000);
  const tar = gunzipSync(await archive({ helm: whole }));
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: tar.length }), async (length) => {
      const cut = gzipSync(tar.subarray(0, length));
      const found = await extractMember(cut, 'helm', limit).catch((error: unknown) => error);
      if (found instanceof Buffer) expect(found.toString()).toBe(whole);
      else expect(found).toMatchObject({ code: 'InvalidArgument' });
    }),
  );
});
