import { expect, test } from '@jest/globals';
import { cxiDevices, evaluateHealth, nothingObserved } from '@rackwright/hardware-cxi';
import fc from 'fast-check';
// The very schema the CRD is made from; apps see only its types.
import { cxiDeviceStatusSchema } from '../../../../libs/api/src/cxi/device-schema.ts';
import { anyHandler } from '../testing/devices.ts';
import { deviceStatus } from './device-status.ts';

const files = [
  ...[
    'vendor',
    'device',
    'numa_node',
    'enable',
    'uevent',
    'net/address',
    'properties/nid',
    'properties/speed',
  ],
  ...[
    'properties/link',
    'properties/driver_rev',
    'properties/cassini_version',
    'properties/pct_eq',
    'port/speed',
  ],
  ...[
    'port/0/link/speed',
    'port/0/link/state',
    'uc/qspi_blob_version',
    'fru/part_number',
    'fru/serial_number',
  ],
];
const content = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom(
    '1',
    '0',
    '-1',
    '0x17db',
    '0x1590',
    '0xfffff',
    '4294967295',
    '9007199254740991',
    'BS_9999G',
    'up',
  ),
  fc.constant('x'.repeat(4096)),
);
const device = fc
  .record({
    text: fc.dictionary(fc.constantFrom(...files), content),
    netdevs: fc.array(fc.oneof(fc.string(), fc.constantFrom('hsn0', 'x'.repeat(255))), { maxLength: 2 }),
    folder: fc.oneof(fc.constant('/sys/devices/pci0000:00/0000:21:00.0'), fc.string()),
    problems: fc.array(fc.string({ maxLength: 400 }), { maxLength: 20 }),
  })
  .map((raw) => ({
    ...raw,
    name: 'cxi0',
    devNode: { path: '/dev/cxi0', present: true },
    unread: new Map(),
    stale: [],
  }));

test('whatever the files of a host say, its status is one the API server takes', () => {
  fc.assert(
    fc.property(device, fc.option(anyHandler('cxi0'), { nil: undefined }), (raw, retryHandler) => {
      const [found] = cxiDevices({ entries: ['cxi0'], devices: [raw], complete: true });
      if (found === undefined) throw new Error('no device');
      const health = evaluateHealth(found, { ...nothingObserved, requireRetryHandler: true });
      const { conditions, ...status } = deviceStatus(
        { device: found, health, ...(retryHandler && { retryHandler }) },
        'node',
        0xfffc0,
      );
      const at = conditions.map((fact) => ({ ...fact, lastTransitionTime: '2026-01-01T00:00:00Z' }));
      expect(cxiDeviceStatusSchema.safeParse({ ...status, conditions: at }).error).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});
