import { expect, test } from '@jest/globals';
import { folder, linkTo, textFile } from './tree.ts';
import { goneRoots } from './tree-change.ts';

const device = '/sys/devices/pci0000:10/0000:10:01.1/0000:11:00.0';

test('a device goes as a whole, its links first; what others use stays', () => {
  const before = [
    textFile(`${device}/nvme/nvme0/state`, 'live\n'),
    textFile(`${device}/vendor`, '0x1987\n'),
    textFile('/dev/nvme0', ''),
    linkTo('/sys/class/nvme/nvme0', `${device}/nvme/nvme0`),
    linkTo('/sys/bus/pci/devices/0000:11:00.0', device),
  ];
  expect(goneRoots(before, [])).toEqual([
    '/sys/class/nvme/nvme0',
    '/sys/bus/pci/devices/0000:11:00.0',
    device,
    '/dev/nvme0',
  ]);
  expect(goneRoots(before, before.slice(1))).toEqual([`${device}/nvme`]);
});

test('a class that is left empty is there until it is gone itself', () => {
  const empty = folder('/sys/class/nvme');
  const link = linkTo('/sys/class/nvme/nvme0', device);
  expect(goneRoots([empty, link], [empty])).toEqual(['/sys/class/nvme/nvme0']);
  expect(goneRoots([empty], [])).toEqual(['/sys/class/nvme']);
});
