import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostileTree } from '../../host/src/testing/hostile-tree.ts';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { hangs } from '../../host/src/testing/processor-time.ts';
import { put } from '../../host/src/testing/tree.ts';
import { type PciFunction, pciFunctions } from './functions.ts';
import { maxPciFunctions, scanPci } from './scan.ts';
import { pciFolder, putFunction } from './testing/host-k.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 100_000 : 2_000;
const addresses = ['0000:21:00.0', '0000:22:00.1', '10000:e1:00.0'];
const bus = '/sys/bus/pci/devices';

const trees = hostileTree({
  bits: 2,
  start(root, hardware) {
    const [first = '', second = ''] = addresses;
    const ids = { vendor: '0x1590', device: '0x0371', class: '0x020000', numa_node: '1' };
    if (hardware & 1) putFunction(root, first, { ...ids, sriov_totalvfs: '64' });
    if (hardware & 2) putFunction(root, second, ids);
    if (hardware & 2) put(root, `${pciFolder(second)}/physfn`, { kind: 'link', target: `../${first}` });
  },
  places: [
    ...['/sys', '/sys/bus', '/sys/bus/pci', bus, `${bus}/__proto__`, `${bus}/0000:00:20.0`],
    ...addresses.flatMap((address) => [
      `${bus}/${address}`,
      ...['', '/vendor', '/device', '/class', '/numa_node', '/physfn', '/sriov_totalvfs'].map(
        (file) => pciFolder(address) + file,
      ),
    ]),
  ],
  texts: ['0x1590', '0x1987', '0x010802', '0X0200', '0x00g0', '255', '-2', '0x1590\n0x1987'],
  links: [bus, `../${addresses[0]}`, 'physfn', '../../../devices/pci0000:00/0000:21:00.0'],
});

test(`${numRuns} random hosts are read without a crash, a hang or a fact that breaks its bounds`, () => {
  let seen = 0;
  fc.assert(
    fc.property(trees, (tree) => {
      const files = new MemoryFiles(tree);
      let functions: readonly PciFunction[] = [];
      const read = (): void => {
        functions = pciFunctions(scanPci(files));
      };
      if (hangs(read)) throw new Error('took more than 100 ms');
      if (functions.length > maxPciFunctions || files.longestWalk > 257) return false;
      for (const { vendorId, deviceId, classId = '0000', numaNode = 0, address } of functions) {
        seen++;
        if (![vendorId, deviceId, classId].every((id) => /^[0-9a-f]{4}$/.test(id))) return false;
        if (!(numaNode >= 0 && numaNode < 10_000)) return false;
        if (!/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(address)) return false;
      }
      return true;
    }),
    { numRuns },
  );
  // The trees are worth something only if discovery got far in many of them.
  expect(seen).toBeGreaterThan(numRuns / 5);
}, 600_000);
