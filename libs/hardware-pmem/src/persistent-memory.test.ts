import { expect, test } from '@jest/globals';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder } from '../../host/src/testing/tree.ts';
import { persistentMemory } from './persistent-memory.ts';
import { scanPmem } from './scan.ts';
import { hostL, hostL2, putNdDevice } from './testing/host-l.ts';

test('host L has one region and one namespace, and an unused device-dax instance', () => {
  expect(persistentMemory(scanPmem(new MemoryFiles(hostL())))).toEqual({
    hasDevice: true,
    hasDeviceDax: true,
    regions: [
      {
        name: 'region0',
        sizeBytes: 270_582_939_648n,
        availableBytes: 0n,
        numaNode: 0,
        readOnly: false,
        persistenceDomain: 'memory_controller',
      },
    ],
    namespaces: [{ name: 'namespace0.0', mode: 'fsdax', sizeBytes: 266_352_984_064n }],
  });
});

test('a volatile region is no persistent memory, nor is what lies in it', () => {
  const found = persistentMemory(scanPmem(new MemoryFiles(hostL2())));
  expect(found).toEqual({ hasDevice: true, hasDeviceDax: false, regions: [], namespaces: [] });
});

test('sizes beyond 2^53 are exact, and those that make no sense count as nothing', () => {
  const root = folder();
  putNdDevice(root, 'region0', { devtype: 'nd_pmem', size: '9007199254740993', available_size: '-1' });
  const [region] = persistentMemory(scanPmem(new MemoryFiles(root))).regions;
  expect(region).toMatchObject({ sizeBytes: 9_007_199_254_740_993n, availableBytes: 0n });
});
