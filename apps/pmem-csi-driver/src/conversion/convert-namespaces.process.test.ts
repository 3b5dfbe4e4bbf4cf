import { expect, test } from '@jest/globals';
import { silentLogger, systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '@rackwright/host';
import { HostTools } from '@rackwright/storage';
import { memoryLvm } from '../devices/lvm/memory-lvm.ts';
import { Ndctl } from '../devices/ndctl.ts';
import { PmemHost } from '../testing/pmem-host.ts';
import { type ConversionParts, convertNamespaces } from './convert-namespaces.ts';

const bytes = 64 * 2 ** 20;
const { signal } = new AbortController();

function partsOf({ host }: PmemHost): ConversionParts {
  const tools = new HostTools({
    runner: new SystemProcessRunner(systemClock),
    root: host.root,
    entry: 'tree',
  });
  return { ndctl: new Ndctl(tools), lvm: memoryLvm(tools), tools, logger: silentLogger };
}

test('raw namespaces become fsdax ones in the group of their region; those with a name or of another mode stay', async () => {
  const kept = [
    { bytes, name: 'theirs' },
    { bytes, mode: 'sector' },
    { bytes, mode: 'raw', name: 'raw of theirs' },
  ] as const;
  await using pmem = await PmemHost.create([
    { bytes: 2 * bytes, labelled: false },
    { bytes: 8 * bytes, namespaces: [...kept, { bytes, mode: 'raw' }, { bytes }] },
  ]);
  const before = pmem.region('region1').namespaces;
  const parts = partsOf(pmem);
  for (let time = 0; time < 2; time++) {
    await convertNamespaces(parts, signal);
    expect(pmem.region('region0').namespaces.map(({ mode }) => mode)).toEqual(['fsdax']);
    expect(pmem.region('region1').namespaces.slice(0, 3)).toEqual(before.slice(0, 3));
    const { pvs } = await parts.lvm.report(signal);
    expect(pvs.map(({ name, vg }) => [name, vg])).toEqual([
      ['/dev/pmem0', 'ndbus0region0fsdax'],
      ['/dev/pmem1.3', 'ndbus0region1fsdax'],
      ['/dev/pmem1.4', 'ndbus0region1fsdax'],
    ]);
  }
}, 120_000);

test('a namespace with a file system that nobody named is left as it is, and the failure says so', async () => {
  await using pmem = await PmemHost.create([{ bytes: 2 * bytes, namespaces: [{ bytes }] }]);
  const parts = partsOf(pmem);
  await parts.tools.expect(['mkfs.ext4', '-q', '-F', '/dev/pmem0']);
  await expect(convertNamespaces(parts, signal)).rejects.toThrow(/vgcreate exited with 5/);
  expect(await parts.tools.expect(['blkid', '-p', '-o', 'export', '/dev/pmem0'])).toContain('TYPE=ext4');
}, 120_000);

test('a node on which nothing could be converted says what it has', async () => {
  await using pmem = await PmemHost.create([{ bytes: 2 * bytes }]);
  await expect(convertNamespaces(partsOf(pmem), signal)).rejects.toThrow(
    /no volume group and no namespace to make one of; ndctl list: .*"region0"/,
  );
}, 120_000);
