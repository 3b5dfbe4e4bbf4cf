import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { socketPath } from './socket-path.ts';
import { socketFolder } from './testing/index.ts';

test('links in the folder are followed, for the kernel counts the bytes it is given', () => {
  using folder = socketFolder();
  mkdirSync(join(folder.path, 'real'));
  symlinkSync('real', join(folder.path, 'link'));
  expect(socketPath(join(folder.path, 'link'), 'a.sock')).toBe(join(folder.path, 'real', 'a.sock'));
});

test('a path of 107 bytes is fine, one more is refused with what to do', () => {
  using folder = socketFolder();
  const rest = 107 - Buffer.byteLength(`${folder.path}/`);
  expect(Buffer.byteLength(socketPath(folder.path, 'x'.repeat(rest)))).toBe(107);
  expect(() => socketPath(folder.path, `ü${'x'.repeat(rest - 1)}`)).toThrow(
    expect.objectContaining({
      code: 'InvalidArgument',
      message: expect.stringContaining('has 108 bytes'),
      remedy: 'unix sockets allow 107; use a shorter folder',
    }),
  );
});

test('a missing folder is named', () => {
  using folder = socketFolder();
  const path = join(folder.path, 'nowhere');
  expect(() => socketPath(path, 'a')).toThrow(
    expect.objectContaining({ code: 'NotFound', message: `socket folder ${path} cannot be opened` }),
  );
});
