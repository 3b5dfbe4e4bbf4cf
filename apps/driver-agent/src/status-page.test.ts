import { expect, test } from '@jest/globals';
import { statusPage } from './status-page.ts';
import { view } from './testing/devices.ts';

const ready = { ready: true, reason: 'DriverReady', message: 'loaded' };
const page = (fields: Partial<Parameters<typeof statusPage>[0]> = {}) =>
  statusPage({ node: 'n1', driver: ready, driverVersion: '', publishError: undefined, views: [], ...fields });

test('keeps the fields of the older agent: link as the driver writes it, -1 for no NUMA node', () => {
  const { numaNode: _n, pciAddress: _p, ...bare } = view({ name: 'cxi1', linkState: 'unknown' }).device;
  const views = [view(), view({ linkState: 'down' }), { ...view(), device: bare }];
  expect(page({ views })).toEqual({
    node: 'n1',
    driverReady: true,
    driverReason: 'DriverReady',
    devices: [
      expect.objectContaining({ name: 'cxi0', pci: '0000:21:00.0', numa: 0, link: '1' }),
      expect.objectContaining({ name: 'cxi0', link: '0', linkState: 'down' }),
      expect.objectContaining({ name: 'cxi1', pci: '', numa: -1, link: 'unknown' }),
    ],
  });
});

test('lastError is what is wrong now: first the driver, then the API server', () => {
  const broken = { ready: false, reason: 'ModuleMissing', message: 'not loaded' };
  expect(page()).not.toHaveProperty('lastError');
  expect(page({ driver: undefined }).lastError).toBe('not verified yet');
  expect(page({ driver: broken, publishError: 'refused' }).lastError).toBe('not loaded');
  expect(page({ publishError: 'refused' }).lastError).toBe('refused');
});

test('the version that is wanted is shown if there is one', () => {
  expect(page({ driverVersion: '13.0.0' }).wantedDriverVersion).toBe('13.0.0');
});
