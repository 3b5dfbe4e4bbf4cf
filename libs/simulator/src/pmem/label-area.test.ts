import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import fc from 'fast-check';
import { SimulatedHost } from '../simulated-host.ts';
import {
  decodeLabelArea,
  encodeLabelArea,
  type NamespaceLabel,
  SLOTS,
  SLOTS_UNWRITTEN,
} from './label-area.ts';
import { MiB } from './sizes.ts';

const folder = mkdtempSync(join(tmpdir(), 'rw-labels-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an area of 2 MiB has as many slots as the recorded one', () => {
  expect([SLOTS, SLOTS_UNWRITTEN]).toEqual([16_348, 8182]);
});

const anyLabel: fc.Arbitrary<Omit<NamespaceLabel, 'slot'>> = fc.record({
  uuid: fc.uuid(),
  name: fc.string({ maxLength: 60, unit: fc.constantFrom('a', 'b', '-', '7') }),
  flags: fc.nat(8),
  nlabel: fc.integer({ min: 1, max: 8 }),
  position: fc.nat(7),
  isetCookie: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  lbaSize: fc.constantFrom(512, 4096),
  dpa: fc.nat(),
  rawSize: fc.nat(),
});

test('any labels are read as they were written, and none of an area that is damaged or empty', () => {
  fc.assert(
    fc.property(fc.array(anyLabel, { maxLength: 9 }), fc.nat(71), (written, at) => {
      const labels = written.map((one, slot) => ({ ...one, slot }));
      const area = encodeLabelArea(labels);
      expect(decodeLabelArea(area)?.labels).toEqual(labels);
      for (const start of [0, 2304]) area[start + at] = (area[start + at] ?? 0) ^ 0x5a;
      expect(decodeLabelArea(area)).toBeUndefined();
      expect(decodeLabelArea(Buffer.alloc(area.length))).toBeUndefined();
    }),
    { numRuns: 50 },
  );
});

test('ndctl reads of each DIMM what the namespaces of its region are', async () => {
  const namespaces = [
    { bytes: 256 * MiB, name: 'one' },
    { bytes: 128 * MiB, mode: 'devdax' as const },
  ];
  const host = await SimulatedHost.create(folder, {
    commands: true,
    pmem: [
      { bytes: 1024 * MiB, ways: 2, namespaces },
      { bytes: 512 * MiB, labelled: false },
    ],
  });
  const ndctl = (...args: string[]): string =>
    execFileSync(host.root.path('/usr/bin/ndctl'), args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const [first, second] = host.hardware.pmem.region('region0').namespaces;
  const cookie = Number(BigInt(host.hardware.pmem.region('region0').cookie));
  const common = { nlabel: 2, flags: 0, isetcookie: cookie, lbasize: 512 };
  const index = (seq: number) => ({
    signature: 'NAMESPACE_INDEX',
    major: 1,
    minor: 1,
    labelsize: 128,
    seq,
    nslot: 16_348,
  });
  expect(JSON.parse(ndctl('read-labels', '-j', 'all'))).toEqual(
    [0, 1].map((position) => ({
      dev: `nmem${position}`,
      index: [index(1), index(2)],
      label: [
        { ...common, uuid: first?.uuid, name: 'one', slot: 0, position, dpa: 0, rawsize: 128 * MiB },
        { ...common, uuid: second?.uuid, name: '', slot: 1, position, dpa: 128 * MiB, rawsize: 64 * MiB },
      ],
    })),
  );
  expect(new HostFiles(host.root).readTrimmed('/sys/bus/nd/devices/nmem0/available_slots')).toBe('16345');
  host.hardware.pmem.destroyNamespace('namespace0.0');
  expect(
    decodeLabelArea(readFileSync(host.root.path('/.simulator/pmem/nmem1/labels')))?.labels,
  ).toMatchObject([{ uuid: second?.uuid, slot: 0 }]);
  expect(ndctl('read-labels', '-j', 'nmem2')).toBe('');
});
