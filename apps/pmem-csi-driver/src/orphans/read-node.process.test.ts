import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { PmemHost } from '../testing/pmem-host.ts';
import { findOrphans } from './compare.ts';
import { readNode } from './read-node.ts';

test('a logical volume without a state file, and a file without a device, are found beside a driver that runs, and stay', async () => {
  await using pmem = await PmemHost.create();
  await using driver = await pmem.start();
  const capacityRange = { requiredBytes: 16n * 2n ** 20n, limitBytes: 0n };
  const kept = await driver.create('kept', { capacityRange });
  const stray = await driver.create('stray', { capacityRange });
  const torn = 'torn-00000000000000000000000000000000000000000000000000000000';
  await rm(join(driver.state, `${stray.volumeId}.json`));
  await writeFile(join(driver.state, `${torn}.json`), '{"id":');
  await writeFile(join(driver.state, `${torn}.json.tmp`), '');
  await mkdir(join(driver.state, 'loop'));
  const lost = 'lost-00000000000000000000000000000000000000000000000000000000';
  await writeFile(join(driver.state, 'loop', lost), '');
  const before = await readdir(driver.state);

  const runner = new SystemProcessRunner(systemClock);
  const tools = new HostTools({ runner, root: pmem.host.root, entry: 'tree' });
  const parts = { driver: 'pmem-csi.intel.com', state: driver.state, tools, clock: systemClock };
  const { signal } = new AbortController();
  const found = await readNode({ ...parts, logger: silentLogger }, signal);
  const told = { name: 'pv', handle: kept.volumeId, claim: '' };
  expect(findOrphans({ ...found, persistentVolumes: [told] }).map(({ kind, id }) => [kind, id])).toEqual([
    ['NoStateFile', lost],
    ['NoStateFile', stray.volumeId],
    ['Unreadable', torn],
  ]);
  expect(await readdir(driver.state)).toEqual(before);
}, 120_000);

test('a state folder that is not there is told of by its flag', async () => {
  const { signal } = new AbortController();
  const runner = new SystemProcessRunner(systemClock);
  await using pmem = await PmemHost.create();
  const tools = new HostTools({ runner, root: pmem.host.root, entry: 'tree' });
  const parts = {
    driver: 'd',
    state: join(pmem.folder, 'none'),
    tools,
    clock: systemClock,
    logger: silentLogger,
  };
  await expect(readNode(parts, signal)).rejects.toThrow('cannot be used');
});
