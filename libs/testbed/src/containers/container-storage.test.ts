import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { containerStorage } from './container-storage.ts';

const runner = new SystemProcessRunner(systemClock);

test('podman and buildah are sent to a folder of their own, and nothing of it stays', async () => {
  const env = { HOME: '/home/somebody', CONTAINERS_CONF: '/etc/containers/containers.conf' };
  const storage = await containerStorage('rwtest-', env, runner);
  expect(storage.env.HOME).toBe('/home/somebody');
  for (const name of ['CONTAINERS_CONF', 'CONTAINERS_STORAGE_CONF', 'CONTAINERS_REGISTRIES_CONF', 'TMPDIR']) {
    expect(storage.env[name]).toMatch(new RegExp(`^${storage.folder}/`));
    expect(existsSync(storage.env[name] ?? '')).toBe(true);
  }
  const configuration = await readFile(storage.env.CONTAINERS_STORAGE_CONF ?? '', 'utf8');
  for (const key of ['runroot', 'graphroot']) expect(configuration).toContain(`${key} = "${storage.folder}/`);
  await storage[Symbol.asyncDispose]();
  expect(existsSync(storage.folder)).toBe(false);
});
