import { describe, expect, test } from '@jest/globals';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder, put, putText, type TreeNode } from '../../host/src/testing/tree.ts';
import { hasNonRotationalDisk, scanBlockDevices } from './block-devices.ts';
import { nvmeControllers } from './controllers.ts';
import { scanNvme } from './scan.ts';
import { diskFolder, hostA, putDisk } from './testing/ai100-host.ts';

function controllers(tree: TreeNode & { kind: 'folder' }) {
  return nvmeControllers(scanNvme(new MemoryFiles(tree)));
}

test('the disks of host A are read without the padding of their fields', () => {
  const found = controllers(hostA());
  expect(found.map(({ name }) => name)).toEqual(['nvme1', 'nvme2']);
  expect(found[0]).toEqual({
    name: 'nvme1',
    model: 'PASCARI AI100E',
    serial: 'AI1E2T0240000001',
    firmware: 'EIFZ00.1',
    transport: 'pcie',
    pciAddress: '0000:41:00.0',
    state: 'live',
    numaNode: 0,
    vendorId: '1987',
    deviceId: '5026',
    servesBlocks: true,
    namespaces: [{ name: 'nvme1n1', nsid: 1, sizeBytes: 2_000_398_934_016n, readOnly: false }],
  });
});

test('a dead disk is there without its size', () => {
  const root = folder();
  putDisk(root, { number: 2, attributes: { state: 'dead' } });
  expect(controllers(root)).toMatchObject([{ name: 'nvme2', state: 'dead', namespaces: [] }]);
});

test('with multipath the size is that of the device above the paths', () => {
  const root = folder();
  putDisk(root, { number: 1 });
  put(root, `${diskFolder(1)}/nvme/nvme1/nvme1c1n1`, folder());
  putText(root, '/sys/block/nvme1n1/size', '1953525168\n');
  putText(root, '/sys/block/nvme1n1/nsid', '1\n');
  expect(controllers(root)[0]?.namespaces).toEqual([
    { name: 'nvme1n1', nsid: 1, sizeBytes: 1_000_204_886_016n, readOnly: false },
  ]);
});

describe('a disk that does not turn is seen', () => {
  test('among disks that do', () => {
    const root = hostA();
    putText(root, '/sys/block/sda/queue/rotational', '1\n');
    expect(hasNonRotationalDisk(scanBlockDevices(new MemoryFiles(root)))).toBe(true);
  });

  test('and not among those alone', () => {
    const root = folder();
    putText(root, '/sys/block/sda/queue/rotational', '1\n');
    expect(hasNonRotationalDisk(scanBlockDevices(new MemoryFiles(root)))).toBe(false);
  });
});
