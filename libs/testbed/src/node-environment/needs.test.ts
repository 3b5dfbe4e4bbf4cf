import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkInSight, missingNeeds } from './needs.ts';

test('a program that is not on PATH is named with the Debian package that brings it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rackwright-needs-'));
  try {
    for (const name of ['ip', 'iptables', 'setpriv', 'unshare', 'nsenter', 'mount']) {
      await writeFile(join(folder, name), '#!/bin/sh\n');
      await chmod(join(folder, name), 0o755);
    }
    const missing = await missingNeeds({ PATH: folder });
    expect(missing.filter(({ what }) => !what.startsWith('/'))).toEqual([{ what: 'runc', debian: 'runc' }]);
    expect((await missingNeeds({ PATH: '' })).map(({ what }) => what)).toEqual(
      expect.arrayContaining(['runc', 'ip', 'iptables', 'setpriv', 'unshare', 'nsenter', 'mount']),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('what a node would cover with a folder of its own is refused by name', async () => {
  const used = (path: string) => [{ what: 'the cache', path, remedy: 'set XDG_CACHE_HOME' }];
  await expect(checkInSight(used('/var/lib/jenkins/.cache'))).rejects.toThrow(
    'the cache is at /var/lib/jenkins/.cache, and each node has a /var/lib of its own over it',
  );
  await expect(checkInSight(used('/run'))).rejects.toThrow('/run of its own');
  await checkInSight([...used('/var/libexec'), ...used('/mnt/cache'), ...used('/home/run')]);
});
