import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { type Fault, faults } from '../faults/index.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { hostListing } from '../testing/listing.ts';
import { MiB } from './sizes.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function oneRegion(): Promise<{ host: SimulatedHost; files: HostFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-pmem-faults-'));
  folders.push(folder);
  const pmem = [{ bytes: 512 * MiB, namespaces: [{ bytes: 256 * MiB }] }];
  const host = await SimulatedHost.create(folder, { pmem });
  return { host, files: new HostFiles(host.root) };
}

const region = 'region0';
const badBlocks = [{ sector: 12288 + 8, count: 8 }];
const reversible: [string, (host: SimulatedHost) => Fault, path: string, text: string | undefined][] = [
  ['disabled', (host) => faults.pmemRegionDisabled(host, { region }), '/sys/block/pmem0/ro', undefined],
  [
    'read-only',
    (host) => faults.pmemReadOnly(host, { region }),
    '/sys/bus/nd/devices/region0/read_only',
    '1\n',
  ],
  [
    'bad in places',
    (host) => faults.pmemBadBlocks(host, { region, badBlocks }),
    '/sys/block/pmem0/badblocks',
    '8 8\n',
  ],
  [
    'without the driver of its namespace',
    (host) => faults.pmemNamespaceDisabled(host, { namespace: 'namespace0.0' }),
    '/sys/bus/nd/devices/namespace0.0/holder',
    '\n',
  ],
];

test.each(reversible)(
  'a region that is %s shows it, and all is as before when it ends',
  async (_, make, path, text) => {
    const { host, files } = await oneRegion();
    const before = hostListing(host.root);
    const fault = make(host);
    await fault.apply();
    expect(files.readText(path)).toBe(text);
    await fault.revert?.();
    expect(hostListing(host.root)).toEqual(before);
  },
);

test('a destroyed namespace leaves its room', async () => {
  const { host, files } = await oneRegion();
  await faults.pmemNamespaceDestroyed(host, { namespace: 'namespace0.0' }).apply();
  expect(files.list('/sys/block')).toEqual([]);
  expect(files.readTrimmed('/sys/bus/nd/devices/region0/available_size')).toBe(String(512 * MiB));
});
