import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { SimulatedHost } from '../simulated-host.ts';
import { hostListing } from '../testing/listing.ts';
import { differences, recordedTree, treeOf } from '../testing/recorded.ts';
import { MiB } from './sizes.ts';
import type { PmemRegionSpec } from './spec.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function simulate(...pmem: PmemRegionSpec[]): Promise<{ host: SimulatedHost; files: HostFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-pmem-'));
  folders.push(folder);
  const host = await SimulatedHost.create(folder, { pmem });
  return { host, files: new HostFiles(host.root) };
}

const bus = '/sys/devices/LNXSYSTM:00/LNXSYBUS:00/ACPI0012:00/ndbus0';

/** The regions and namespaces the dumps in testdata were recorded of. */
const region0: PmemRegionSpec = {
  bytes: 512 * MiB,
  start: 0x1_2000_0000,
  namespaces: [
    { bytes: 352 * MiB, name: 'dpanel-fsdax', uuid: 'a90051b9-8beb-4268-9bbd-cac238404485' },
    { mode: 'sector', bytes: 160 * MiB, name: 'dpanel-sector', uuid: '610ac1fb-dc0d-48ed-acde-7002ce95e9d2' },
  ],
};
const region1: PmemRegionSpec = {
  bytes: 512 * MiB,
  start: 0x1_0000_0000,
  namespaces: [
    {
      mode: 'devdax',
      bytes: 256 * MiB,
      name: 'dpanel-devdax',
      align: 4096,
      uuid: '17839bcd-d564-4ab4-9e2f-4c11e2841668',
    },
    { bytes: 256 * MiB, name: 'dpanel-lv', uuid: '8a2704b3-5066-4acc-a92a-905639faeb23' },
  ],
};

/** Numbers the kernel picks, identities of the simulated machine, counters. */
const ignore =
  /(^|\/)(dev|diskseq|uevent|bdi|stat|set_cookie|range_index|mapping0|integrity\/.*)$|^(pfn|btt|dax)[\d.]+\/uuid$|^region\d\/(pfn|btt|dax)[\d.]+\/uuid$/;

describe('the tree of persistent memory', () => {
  test('with namespaces of three modes is the recorded one', async () => {
    const { host } = await simulate(region0, region1);
    const dump = recordedTree(new URL('./testdata/recorded-labelled.txt', import.meta.url), bus);
    // The kernel had bound device_dax to 252:1; a dimm of its own took each region.
    expect(differences(dump, treeOf(hostListing(host.root), bus), ignore)).toEqual([]);
    expect(dump.size).toBeGreaterThan(250);
  });

  test('without labels is the recorded one', async () => {
    const { host } = await simulate({ bytes: 512 * MiB, start: 0x1_2000_0000, labelled: false });
    const dump = recordedTree(
      new URL('./testdata/recorded-unlabelled.txt', import.meta.url),
      `${bus}/region0`,
    );
    expect(differences(dump, treeOf(hostListing(host.root), `${bus}/region0`), ignore)).toEqual([]);
    expect(dump.size).toBeGreaterThan(100);
  });

  test('has a link for each object where user space looks, and nodes in /dev', async () => {
    const { files } = await simulate(region0, region1);
    expect(files.list('/sys/bus/nd/devices').sort()).toEqual(
      [
        ...['ndbus0', 'nmem0', 'nmem1', 'region0', 'region1'],
        ...[
          'btt0.0',
          'btt0.1',
          'btt1.0',
          'dax0.0',
          'dax1.0',
          'dax1.1',
          'pfn0.0',
          'pfn0.1',
          'pfn1.0',
          'pfn1.1',
        ],
        ...['namespace0.0', 'namespace0.1', 'namespace0.2', 'namespace1.0', 'namespace1.1', 'namespace1.2'],
      ].sort(),
    );
    expect(files.list('/dev').sort()).toEqual([
      'dax1.0',
      'ndctl0',
      'nmem0',
      'nmem1',
      'pmem0',
      'pmem0.1s',
      'pmem1.1',
    ]);
    expect(files.readTrimmed('/sys/class/nd/ndctl0/device/provider')).toBe('ACPI.NFIT');
    expect(files.readTrimmed('/sys/block/pmem0/size')).toBe('708608');
    expect(files.stat('/dev/pmem0')?.size).toBe(362_807_296);
  });

  test('of the spec fixture has its sizes', async () => {
    const { files } = await simulate({
      bytes: 270_582_939_648,
      persistenceDomain: 'memory_controller',
      namespaces: [{ bytes: 270_582_939_648 }],
    });
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/available_size')).toBe('0');
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/persistence_domain')).toBe('memory_controller');
    expect(files.readTrimmed('/sys/bus/nd/devices/pfn0.0/size')).toBe('266352984064');
    expect(files.readTrimmed('/sys/bus/nd/devices/namespace0.1/size')).toBe('0');
  });

  test('of volatile memory says so and has no labels', async () => {
    const { files } = await simulate({ volatile: true });
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/devtype')).toBe('nd_volatile');
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/nstype')).toBe('4');
  });

  test('of interleaved memory names every DIMM', async () => {
    const { files } = await simulate({ ways: 2 }, { ways: 2, bus: 1 });
    expect(files.readTrimmed('/sys/bus/nd/devices/region1/mappings')).toBe('2');
    expect(files.readTrimmed('/sys/bus/nd/devices/region1/mapping1')).toBe('nmem3,0,135291469824,1');
    expect(files.resolve('/sys/bus/nd/devices/nmem3')).toContain('/ndbus1/nmem3');
  });
});

test.each<[field: string, PmemRegionSpec]>([
  ['labelled', { volatile: true, labelled: true }],
  ['namespaces', { labelled: false, namespaces: [{}] }],
  ['ways', { ways: 0 }],
  ['bus', { bus: -1 }],
  ['bytes', { bytes: 1000 }],
])('a region with impossible %s is refused by name', async (field, spec) => {
  await expect(simulate(spec)).rejects.toMatchObject({ code: 'InvalidArgument', field });
});

describe('persistent memory that changes', () => {
  test('a namespace that is made takes the first gap and the lowest free numbers', async () => {
    const { host, files } = await simulate(region0);
    const { pmem } = host.hardware;
    pmem.destroyNamespace('namespace0.0');
    expect(files.exists('/sys/block/pmem0')).toBe(false);
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/max_available_extent')).toBe(String(352 * MiB));
    expect(pmem.createNamespace('region0', { mode: 'raw', bytes: 32 * MiB })).toBe('namespace0.0');
    expect(pmem.createNamespace('region0', { mode: 'sector', bytes: 64 * MiB })).toBe('namespace0.2');
    expect(files.readTrimmed('/sys/bus/nd/devices/btt0.1/namespace')).toBe('namespace0.2');
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/btt_seed')).toBe('btt0.2');
    expect(files.readTrimmed('/sys/bus/nd/devices/region0/available_size')).toBe(String(256 * MiB));
    expect(files.list('/sys/block').sort()).toEqual(['pmem0', 'pmem0.1s', 'pmem0.2s']);
  });

  test.each([
    ['no multiple of the alignment', { bytes: 17 * MiB }, 'InvalidArgument'],
    ['more than there is in one piece', { bytes: 1024 * MiB }, 'ResourceExhausted'],
    ['a name that is too long', { bytes: 16 * MiB, name: 'x'.repeat(64) }, 'InvalidArgument'],
  ])('a namespace with %s is refused and nothing changes', async (_, spec, code) => {
    const { host } = await simulate({ bytes: 512 * MiB });
    const before = hostListing(host.root);
    expect(() => host.hardware.pmem.createNamespace('region0', spec)).toThrow(
      expect.objectContaining({ code }),
    );
    expect(hostListing(host.root)).toEqual(before);
  });

  test('a region without labels takes no namespace', async () => {
    const { host } = await simulate({ labelled: false });
    expect(() => host.hardware.pmem.createNamespace('region0', {})).toThrow('region0 has no labels');
  });

  test('a disabled namespace has no disk, a disabled region nothing', async () => {
    const { host, files } = await simulate(region0);
    host.hardware.pmem.setNamespaceEnabled('namespace0.0', false);
    expect(files.list('/sys/block')).toEqual(['pmem0.1s']);
    expect(files.readText('/sys/bus/nd/devices/namespace0.0/holder')).toBe('\n');
    host.hardware.pmem.update('region0', { enabled: false });
    expect(files.list('/sys/bus/nd/devices').sort()).toEqual(['ndbus0', 'nmem0', 'region0']);
    expect(files.exists('/sys/bus/nd/devices/region0/driver')).toBe(false);
  });

  test('what was written on a namespace is there after a reboot', async () => {
    const { host, files } = await simulate(region0);
    writeFileSync(host.root.path('/dev/pmem0'), 'kept', { flag: 'r+' });
    const before = hostListing(host.root, '/sys');
    await host.reboot();
    expect(hostListing(host.root, '/sys')).toEqual(before);
    expect(readFileSync(host.root.path('/dev/pmem0')).subarray(0, 4).toString()).toBe('kept');
    expect(files.stat('/dev/pmem0')?.size).toBe(362_807_296);
  });
});
