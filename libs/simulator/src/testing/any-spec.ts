import fc from 'fast-check';
import type { NicSpec } from '../cxi/spec.ts';
import type { HostSpec } from '../kinds.ts';
import type { NvmeNamespaceSpec, NvmeSpec } from '../nvme/spec.ts';
import { MiB } from '../pmem/sizes.ts';
import type { PmemNamespaceSpec, PmemRegionSpec } from '../pmem/spec.ts';

/** Any of the members, each of them or not. */
const record = <T>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> =>
  fc.record(members, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;

/** Text as firmware writes it: printable, of at most so many characters. */
const text = (most: number): fc.Arbitrary<string> =>
  fc.string({
    minLength: 1,
    maxLength: most,
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  });

const nvmeNamespace: fc.Arbitrary<NvmeNamespaceSpec> = record<NvmeNamespaceSpec>({
  sectors: fc.integer({ min: 2 ** 33, max: 2 ** 40 }),
  logicalBlockBytes: fc.constantFrom(512, 4096),
  readOnly: fc.boolean(),
  partitions: fc.array(fc.integer({ min: 1, max: 2 ** 30 }), { maxLength: 4 }),
});

/** Any drive, where it is put apart. */
export const anyNvme: fc.Arbitrary<NvmeSpec> = record<NvmeSpec>({
  model: text(40),
  serial: text(20),
  firmware: text(8),
  numaNode: fc.integer({ min: -1, max: 7 }),
  vendor: fc.integer({ min: 0, max: 0xffff }),
  transport: fc.constantFrom('pcie', 'tcp', 'rdma'),
  cntrltype: fc.constantFrom('io', 'discovery', 'admin'),
  subsysnqn: fc.constantFrom('nqn.2019-10.com.phison:a', 'nqn.2019-10.com.phison:b'),
  namespaces: fc.array(nvmeNamespace, { maxLength: 3 }),
  hwmon: fc.boolean(),
});

const pmemNamespace: fc.Arbitrary<PmemNamespaceSpec> = fc.record(
  {
    mode: fc.constantFrom('raw' as const, 'fsdax' as const, 'devdax' as const, 'sector' as const),
    bytes: fc.integer({ min: 1, max: 8 }).map((count) => count * 64 * MiB),
    name: text(63),
    align: fc.constantFrom(4096, 2 * MiB),
  },
  { requiredKeys: ['bytes'] },
);

/** Any region; its namespaces fit into it. */
export const anyRegion: fc.Arbitrary<PmemRegionSpec> = record<PmemRegionSpec>({
  bytes: fc.constantFrom(2048, 4096).map((count) => count * MiB),
  bus: fc.integer({ min: 0, max: 2 }),
  numaNode: fc.integer({ min: -1, max: 7 }),
  ways: fc.constantFrom(1, 2, 4),
  readOnly: fc.boolean(),
  persistenceDomain: fc.constantFrom('memory_controller', 'cpu_cache'),
  labelled: fc.boolean(),
  namespaces: fc.array(pmemNamespace, { maxLength: 4 }),
}).map((region) => (region.labelled === false ? { ...region, namespaces: [] } : region));

const anyNic: fc.Arbitrary<NicSpec> = fc.record(
  {
    generation: fc.constantFrom(1 as const, 2 as const),
    vfs: fc.integer({ min: 0, max: 2 }),
    link: fc.constantFrom('up' as const, 'down' as const),
    numaNode: fc.integer({ min: -1, max: 7 }),
    telemetryFiles: fc.constant(2),
  },
  { requiredKeys: ['generation', 'telemetryFiles'] },
);

/** Any host of the three kinds. */
export const anyHost: fc.Arbitrary<HostSpec> = record<HostSpec>({
  nics: fc.array(anyNic, { maxLength: 3 }),
  nvme: fc.array(anyNvme, { maxLength: 3 }),
  pmem: fc.array(anyRegion, { maxLength: 2 }),
  numaNodes: fc.integer({ min: 1, max: 8 }),
  cxiRh: fc.constant(false),
});
