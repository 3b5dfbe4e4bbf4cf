import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { cxiDevices, scanCxi } from '@rackwright/hardware-cxi';
import { nvmeControllers, scanNvme } from '@rackwright/hardware-nvme';
import { pciFunctions, scanPci } from '@rackwright/hardware-pci';
import { persistentMemory, scanPmem } from '@rackwright/hardware-pmem';
import { HostFiles } from '@rackwright/host';
import fc from 'fast-check';
import { faults, garbageKinds } from '../faults/index.ts';
import type { HostSpec } from '../kinds.ts';
import { firstState as firstNvme } from '../nvme/controller.ts';
import { nvmeTree } from '../nvme/nvme-tree.ts';
import { pmemTree } from '../pmem/pmem-tree.ts';
import { firstState as firstPmem } from '../pmem/state.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { anyHost, anyNvme, anyRegion } from '../testing/any-spec.ts';
import { hostListing } from '../testing/listing.ts';
import type { TreeEntry } from './tree.ts';

const long = process.env.RACKWRIGHT_LONG_TESTS === '1';
const modules = ['nvme_core', 'nvme', 'libnvdimm', 'nfit', 'nd_pmem', 'device_dax'];
const around = { numaNodes: 4, modules };

/** What is wrong with a tree: a path that is there twice, a file that is also a folder, a link to nowhere. */
function faultsOf(entries: readonly TreeEntry[]): string[] {
  const files = entries.filter(({ kind }) => kind !== 'folder').map(({ path }) => path);
  const folders = new Set(
    entries.flatMap(({ path, kind }) => foldersOf(kind === 'folder' ? `${path}/.` : path)),
  );
  const all = new Set([...files, ...folders]);
  return [
    ...files.filter((path, i) => files.indexOf(path) !== i).map((path) => `${path} is there twice`),
    ...files.filter((path) => folders.has(path)).map((path) => `${path} is a file and a folder`),
    ...entries.flatMap((entry) => {
      if (entry.kind !== 'link') return [];
      const target = resolve(dirname(entry.path), entry.target);
      return all.has(target) || outside.test(target)
        ? []
        : [`${entry.path} leads to ${target}, which is not there`];
    }),
  ];
}

/** What others put there: drivers, buses, the block layer's own objects. */
const outside = /^\/sys\/(bus\/|class\/[\w-]+$|devices\/virtual\/(bdi|nvme-fabrics))/;

function foldersOf(path: string): string[] {
  const above: string[] = [];
  for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) above.push(folder);
  return above;
}

test('any NVMe drives make a tree without contradictions, the same each time', () => {
  fc.assert(
    fc.property(fc.array(anyNvme, { maxLength: 4 }), (specs) => {
      const tree = nvmeTree(firstNvme(specs), around);
      expect(faultsOf(tree)).toEqual([]);
      expect(nvmeTree(firstNvme(structuredClone(specs)), around)).toEqual(tree);
    }),
    { numRuns: long ? 2000 : 60 },
  );
});

test('any persistent memory makes a tree without contradictions, the same each time', () => {
  fc.assert(
    fc.property(fc.array(anyRegion, { maxLength: 3 }), (specs) => {
      const tree = pmemTree(firstPmem(specs), around);
      expect(faultsOf(tree)).toEqual([]);
      expect(pmemTree(firstPmem(structuredClone(specs)), around)).toEqual(tree);
    }),
    { numRuns: long ? 2000 : 60 },
  );
});

async function inHost(spec: HostSpec, work: (host: SimulatedHost) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-any-'));
  try {
    await work(await SimulatedHost.create(folder, spec, new ManualClock()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What discovery finds of drives and memory. */
function discovered({ root }: SimulatedHost) {
  const files = new HostFiles(root);
  const memory = persistentMemory(scanPmem(files));
  return {
    drives: nvmeControllers(scanNvme(files)).map(({ name, serial, state }) => ({ name, serial, state })),
    regions: memory.regions.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
    modes: memory.namespaces.map(({ name, mode }) => `${name} ${mode}`).sort(),
  };
}

/** The same as the host was made. */
function asked({ hardware }: SimulatedHost): ReturnType<typeof discovered> {
  const drives = [...(hardware.nvme.found?.controllers ?? [])].sort((a, b) => a.instance - b.instance);
  const regions = hardware.pmem.found?.regions ?? [];
  return {
    drives: drives.map(({ instance, serial, state }) => {
      const text = serial.trim();
      return { name: `nvme${instance}`, serial: text === '' ? undefined : text, state };
    }),
    regions: regions.map(({ id, bytes }) => ({ name: `region${id}`, sizeBytes: BigInt(bytes) })),
    modes: regions
      .flatMap(({ id, namespaces }) => namespaces.map((one) => `namespace${id}.${one.id} ${one.mode}`))
      .sort(),
  };
}

/** A path of the listing, as `at` of the whole from its beginning. */
function placeIn(listing: readonly string[], at: number): string {
  const line = listing[Math.floor(at * listing.length)] ?? '/sys/class/';
  const path = line.replace(/( \(\d+\))? (=|->) .*$|\/$/, '');
  // A folder as often as a file.
  return Math.floor(at * 1000) % 2 === 0 ? path : dirname(path);
}

test('any host is the same after a reboot, and junk anywhere in it is no harm to the scan of NICs', async () => {
  const junk = fc.array(
    fc.tuple(
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.constantFrom(...garbageKinds.filter((kind) => kind !== 'huge')),
    ),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(anyHost, junk, async (spec, places) => {
      await inHost(spec, async (host) => {
        const before = hostListing(host.root, '/sys');
        await host.reboot();
        expect(discovered(host)).toEqual(asked(host));
        expect(hostListing(host.root, '/sys')).toEqual(before);
        for (const [at, garbage] of places) {
          await faults.garbagePath(host, { path: placeIn(before, at), garbage }).apply();
        }
        const files = new HostFiles(host.root);
        const scan = scanCxi(files, { budgetMs: Number.POSITIVE_INFINITY, wallMs: Number.POSITIVE_INFINITY });
        expect(cxiDevices(scan).length).toBeLessThanOrEqual(host.hardware.cxi.nics().length);
        expect(nvmeControllers(scanNvme(files)).length).toBeLessThanOrEqual(spec.nvme?.length ?? 0);
        expect(persistentMemory(scanPmem(files)).regions.length).toBeLessThanOrEqual(spec.pmem?.length ?? 0);
        expect(pciFunctions(scanPci(files)).length).toBeLessThanOrEqual(before.length);
      });
    }),
    { numRuns: long ? 60 : 3, endOnFailure: true },
  );
}, 600_000);
