import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostileTree } from '../../host/src/testing/hostile-tree.ts';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { hangs } from '../../host/src/testing/processor-time.ts';
import { type PersistentMemory, persistentMemory } from './persistent-memory.ts';
import { maxNdDevices, type PmemSnapshot, scanPmem } from './scan.ts';
import { putHostL } from './testing/host-l.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 100_000 : 2_000;
const bus = '/sys/bus/nd/devices';
const base = '/sys/devices/LNXSYSTM:00/ndbus0';
const devices = ['nmem0', 'region0', 'region0/namespace0.0', 'region0/namespace0.1', 'region0/dax0.0'];
const attributes = 'devtype size available_size mode numa_node read_only persistence_domain'.split(' ');

const trees = hostileTree({
  bits: 1,
  start(root, hardware) {
    if (hardware & 1) putHostL(root);
  },
  places: [
    ...['/sys', '/sys/bus', '/sys/bus/nd', bus, base, `${bus}/__proto__`, `${bus}/region999999`],
    ...devices.flatMap((device) => [
      `${bus}/${device.slice(device.lastIndexOf('/') + 1)}`,
      ...['', ...attributes.map((file) => `/${file}`)].map((file) => `${base}/${device}${file}`),
    ]),
  ],
  texts: ['nd_pmem', 'nd_dax', 'nd_volatile', 'memory', 'dax', 'safe', 'raw', '18446744073709551615'],
  links: [bus, '../region0', 'namespace0.0', base, '../../../devices/LNXSYSTM:00/ndbus0/region0'],
});

test(`${numRuns} random hosts are read without a crash, a hang or a fact that breaks its bounds`, () => {
  let regions = 0;
  fc.assert(
    fc.property(trees, (tree) => {
      const files = new MemoryFiles(tree);
      let snapshot: PmemSnapshot | undefined;
      let memory: PersistentMemory | undefined;
      const read = (): void => {
        snapshot = scanPmem(files);
        memory = persistentMemory(snapshot);
      };
      if (hangs(read) || snapshot === undefined || memory === undefined)
        throw new Error('took more than 100 ms');
      if (snapshot.devices.length > maxNdDevices || files.longestWalk > 257) return false;
      regions += memory.regions.length;
      const bounded = memory.regions.every(({ sizeBytes, availableBytes, numaNode = 0 }) => {
        return (
          [sizeBytes, availableBytes].every((bytes) => bytes >= 0n && bytes < 10n ** 20n) && numaNode >= 0
        );
      });
      return bounded && memory.namespaces.every(({ sizeBytes }) => sizeBytes > 0n);
    }),
    { numRuns },
  );
  // The trees are worth something only if discovery got far in many of them.
  expect(regions).toBeGreaterThan(numRuns / 5);
}, 600_000);
