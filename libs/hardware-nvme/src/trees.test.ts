import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { hostileTree } from '../../host/src/testing/hostile-tree.ts';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { hangs } from '../../host/src/testing/processor-time.ts';
import { hasNonRotationalDisk, scanBlockDevices } from './block-devices.ts';
import { type NvmeController, nvmeControllers } from './controllers.ts';
import { maxControllers, scanNvme } from './scan.ts';
import { diskFolder, putDisk } from './testing/ai100-host.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 100_000 : 2_000;
const classFolder = '/sys/class/nvme';
const attributes =
  'model serial firmware_rev transport address state numa_node cntrltype cntlid device nvme1c1n1'.split(' ');

const trees = hostileTree({
  bits: 2,
  start(root, hardware) {
    for (const number of [1, 2]) if (hardware & number) putDisk(root, { number, sectors: '3907029168' });
  },
  places: [
    ...['/sys', '/sys/class', classFolder, '/sys/block', '/sys/block/sda/queue/rotational'],
    ...['nvme0', 'nvme999999', '__proto__', 'nvme1n1', 'nvme-fabrics'].map(
      (name) => `${classFolder}/${name}`,
    ),
    ...[1, 2].flatMap((number) => {
      const controller = `${diskFolder(number)}/nvme/nvme${number}`;
      return [
        ...[`${classFolder}/nvme${number}`, `/sys/block/nvme${number}n1`, controller],
        ...[diskFolder(number), `${diskFolder(number)}/vendor`, `${diskFolder(number)}/device`],
        ...attributes.map((file) => `${controller}/${file}`),
        ...['', '/size', '/nsid', '/wwid', '/queue', '/queue/rotational'].map(
          (file) => `${controller}/nvme${number}n1${file}`,
        ),
      ];
    }),
  ],
  texts: ['pcie', 'tcp', 'dead', 'deleting (no IO)', 'io', 'discovery', '0x1987', '9999999999999999', '-1'],
  links: [classFolder, `${classFolder}/nvme1`, 'nvme1n1', '../..', '/sys/block/nvme1n1', 'device'],
});

test(`${numRuns} random hosts are read without a crash, a hang or a fact that breaks its bounds`, () => {
  let seen = 0;
  let sized = 0;
  fc.assert(
    fc.property(trees, (tree) => {
      const files = new MemoryFiles(tree);
      let controllers: readonly NvmeController[] = [];
      const read = (): void => {
        controllers = nvmeControllers(scanNvme(files));
        hasNonRotationalDisk(scanBlockDevices(files));
      };
      if (hangs(read)) throw new Error('took more than 100 ms');
      if (controllers.length > maxControllers || files.longestWalk > 257) return false;
      for (const { model = '', serial = '', firmware = '', vendorId = '1987', namespaces } of controllers) {
        seen++;
        if (model.length > 40 || serial.length > 20 || firmware.length > 8) return false;
        if (!/^[\x20-\x7e]*$/.test(model + serial + firmware)) return false;
        if (!/^[0-9a-f]{4}$/.test(vendorId)) return false;
        if (namespaces.some(({ sizeBytes = 0n }) => sizeBytes < 0n)) return false;
        sized += namespaces.filter(({ sizeBytes }) => sizeBytes !== undefined).length;
      }
      return true;
    }),
    { numRuns },
  );
  // The trees are worth something only if discovery got far in many of them.
  expect(seen).toBeGreaterThan(numRuns / 3);
  expect(sized).toBeGreaterThan(numRuns / 4);
}, 600_000);
