import { expect, test } from '@jest/globals';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder, put, putText } from '../../host/src/testing/tree.ts';
import { pciFunctions } from './functions.ts';
import { scanPci } from './scan.ts';
import { hostK, putFunction } from './testing/host-k.ts';

test('the functions of host K are read, those without a vendor left out', () => {
  const found = pciFunctions(scanPci(new MemoryFiles(hostK())));
  expect(found.map(({ address, vendorId, deviceId }) => `${address} ${vendorId}:${deviceId}`)).toEqual([
    '0000:21:00.0 17db:0501',
    '0000:22:00.0 1590:0371',
    '0000:22:00.1 1590:0372',
    '0000:31:00.0 14e4:1657',
  ]);
  expect(found[1]).toEqual({
    address: '0000:22:00.0',
    vendorId: '1590',
    deviceId: '0371',
    classId: '0200',
    numaNode: 1,
    kind: 'pf',
    sriovCapable: true,
  });
  expect(found[2]).toMatchObject({ kind: 'vf', sriovCapable: false });
});

test('the vendor is that of the function, not of the subsystem', () => {
  const found = pciFunctions(scanPci(new MemoryFiles(hostK())));
  expect(found.filter(({ vendorId }) => vendorId === '1590').map(({ address }) => address)).toEqual([
    '0000:22:00.0',
    '0000:22:00.1',
  ]);
});

test('a class that makes no sense and a NUMA node of -1 are absent', () => {
  const root = folder();
  putFunction(root, '0000:01:00.0', { vendor: '0x1987', device: '0x5016', class: 'nvme', numa_node: '-1' });
  const [found] = pciFunctions(scanPci(new MemoryFiles(root)));
  expect(found).not.toHaveProperty('classId');
  expect(found).not.toHaveProperty('numaNode');
});

test('what is no PCI address is passed over', () => {
  const root = folder();
  putText(root, '/sys/bus/pci/devices/README', 'x');
  put(root, '/sys/bus/pci/devices/0000:zz:00.0', folder());
  expect(scanPci(new MemoryFiles(root)).functions).toEqual([]);
});
