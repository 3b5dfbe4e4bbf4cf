import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { systemClock } from '@rackwright/core';
import { HostRoot, SystemProcessRunner } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { fileSystemSize } from './file-system-size.ts';
import { mkfsCommand } from './make-file-system.ts';

const MiB = 2n ** 20n;
const tools = new HostTools({
  runner: new SystemProcessRunner(systemClock),
  root: new HostRoot('/'),
  entry: 'tree',
});

/** In MiB: within a group of blocks, to its end, by less than the next one takes for itself, by more, and over many. */
const grown = [
  [8n, 12n],
  [124n, 128n],
  [128n, 132n],
  [128n, 160n],
  [1024n, 1028n],
  [1024n, 4096n],
] as const;

test('ext4 that resize2fs has made as large as it can is taken as such, and one that it has not is not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pmem-ext4-'));
  try {
    for (const [from, to] of grown) {
      const device = join(folder, `${from}-${to}`);
      await writeFile(device, '');
      await truncate(device, Number(from * MiB));
      await tools.expect(mkfsCommand(device, 'ext4', from * MiB));
      await truncate(device, Number(to * MiB));
      const where = { type: 'ext4', device, path: '' };
      const before = await fileSystemSize(tools, where);
      expect(before.bytes).toBe(from * MiB);
      await tools.expect(['resize2fs', '-f', device]);
      const after = await fileSystemSize(tools, where);
      expect([from, to, after.bytes + after.restBytes >= to * MiB]).toEqual([from, to, true]);
      // What it left out is no more than it has to.
      if (before.bytes + before.restBytes >= to * MiB) expect(after.bytes).toBe(before.bytes);
      else expect(after.bytes).toBe(to * MiB);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);
