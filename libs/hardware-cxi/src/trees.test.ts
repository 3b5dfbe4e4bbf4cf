import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { hangs } from '../../host/src/testing/processor-time.ts';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { evaluateHealth, nothingObserved } from './health.ts';
import { maxCxiDevices, scanCxi } from './scan.ts';
import { hostTree } from './testing/random-tree.ts';

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 100_000 : 5_000;

test(`${numRuns} random hosts are read without a crash, a hang or a fact that breaks its bounds`, () => {
  let devicesSeen = 0;
  let problemsSeen = 0;
  let upSeen = 0;
  fc.assert(
    fc.property(hostTree, (tree) => {
      const files = new MemoryFiles(tree);
      let devices: readonly CxiDevice[] = [];
      const read = (): void => {
        devices = cxiDevices(scanCxi(files));
      };
      if (hangs(read)) throw new Error('took more than 100 ms');
      if (devices.length > maxCxiDevices || files.longestWalk > 257) return false;
      for (const device of devices) {
        devicesSeen++;
        problemsSeen += device.problems.length;
        if (device.linkState === 'up') upSeen++;
        const { nid = 0, numaNode = 0, linkSpeedMbps = 1, pciAddress = '0000:00:00.0' } = device;
        if (!(nid >= 0 && nid <= 0xfffff && numaNode >= 0 && linkSpeedMbps > 0)) return false;
        if (!/^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/.test(pciAddress)) return false;
        if (Object.values(device).includes(undefined)) return false;
        if (device.linkRestarts.length > 10) return false;
        const health = evaluateHealth(device, { ...nothingObserved, requireRetryHandler: true });
        if (health.status === 'Healthy' && !(device.linkState === 'up' && device.devNode.present))
          return false;
      }
      return true;
    }),
    { numRuns },
  );
  // The trees are worth something only if discovery got far in many of them.
  expect(devicesSeen).toBeGreaterThan(numRuns / 2);
  expect(problemsSeen).toBeGreaterThan(numRuns / 10);
  expect(upSeen).toBeGreaterThan(numRuns / 5);
}, 600_000);
