import { expect, test } from '@jest/globals';
import { nic } from '../testing/devices.ts';
import { type DriverFacts, verifyDriver } from './verify.ts';

const good: DriverFacts = {
  source: 'preinstalled',
  modules: new Set(['cxi_sbl', 'cxi_ss1', 'cxi_user']),
  classPresent: true,
  devices: [nic(), nic({ name: 'cxi1', linkState: 'down' })],
};
const absent = { path: '/dev/cxi1', present: false };

test('a driver with its modules, class and device nodes is ready, whatever the links do', () => {
  expect(verifyDriver(good)).toEqual({
    ready: true,
    reason: 'DriverReady',
    message: 'cxi_ss1 and cxi_user are loaded, 2 devices found',
  });
});

test.each<[string, Partial<DriverFacts>, string, string]>([
  ['no modules', { modules: new Set() }, 'ModuleMissing', 'kernel modules not loaded: cxi_ss1, cxi_user'],
  ['one module', { modules: new Set(['cxi_ss1']) }, 'ModuleMissing', 'kernel modules not loaded: cxi_user'],
  ['no class', { classPresent: false }, 'ClassMissing', 'the driver shows no device class'],
  [
    'a NIC without device node',
    { devices: [nic(), nic({ name: 'cxi1', devNode: absent })] },
    'NicNotReady',
    'NICs without a device node or disabled on PCI: cxi1',
  ],
  [
    'a NIC disabled on PCI',
    { devices: [nic({ pciEnabled: false })] },
    'NicNotReady',
    'NICs without a device node or disabled on PCI: cxi0',
  ],
])('%s: not ready, and why', (_, facts, reason, message) => {
  expect(verifyDriver({ ...good, ...facts })).toEqual({ ready: false, reason, message });
});

test('a node without any NIC is ready, one whose bus shows a NIC without driver is not', () => {
  const bare: DriverFacts = { ...good, modules: new Set(), classPresent: false, devices: [] };
  expect(verifyDriver({ ...bare, nicsOnBus: 0 })).toEqual({
    ready: true,
    reason: 'NoNic',
    message: 'this node has no Slingshot NIC',
  });
  expect(verifyDriver({ ...bare, nicsOnBus: 1 })).toMatchObject({ ready: false, reason: 'ModuleMissing' });
});

test('a virtual function without a device node is not the driver at fault', () => {
  expect(verifyDriver({ ...good, devices: [nic({ kind: 'vf', devNode: absent })] }).ready).toBe(true);
});

test.each(['dkms', 'prebuilt'] as const)(
  'source %s is refused even on a good host, and told what to do',
  (source) => {
    expect(verifyDriver({ ...good, source })).toEqual({
      ready: false,
      reason: 'SourceUnsupported',
      message: `driver source ${source} is not served yet: installing drivers comes with a later release; install the driver on the host and use preinstalled`,
    });
  },
);
