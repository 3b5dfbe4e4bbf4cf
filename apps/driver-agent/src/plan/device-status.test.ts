import { describe, expect, test } from '@jest/globals';
import { handler, view } from '../testing/devices.ts';
import { deviceStatus, formatSpeed } from './device-status.ts';

const status = (...args: Parameters<typeof view>) => deviceStatus(view(...args), 'n1', 0xfffc0);

test('what the host says is published, zeros included', () => {
  expect(status({ numaNode: 0, nid: 0x1f, retryHandlerEq: 0 })).toMatchObject({
    node: 'n1',
    device: 'cxi0',
    type: 'pf',
    numaNode: 0,
    nid: 0x1f,
    switchID: 0,
    linkSpeed: '200Gbps',
    driverVersion: 'abc1234',
    cassiniGeneration: 1,
    retryHandler: { enabled: false },
  });
});

test('what is not known is absent, not empty', () => {
  const device = {
    name: 'cxi0',
    index: 0,
    kind: 'pf',
    linkState: 'unknown',
    linkRestarts: [],
    problems: [],
  } as const;
  const health = { status: 'Unknown', reason: 'LinkUnknown', message: 'm' } as const;
  const devNode = { path: '/dev/cxi0', present: false };
  expect(deviceStatus({ device: { ...device, devNode }, health }, 'n1', 0xfffc0)).toEqual({
    node: 'n1',
    device: 'cxi0',
    type: 'pf',
    linkState: 'unknown',
    health,
    conditions: expect.any(Array),
  });
});

test.each([
  [200_000, '200Gbps'],
  [400_000, '400Gbps'],
  [2500, '2.5Gbps'],
])('%i Mb/s is written %s', (mbps, text) => {
  expect(formatSpeed(mbps)).toBe(text);
});

describe('the retry handler', () => {
  test('is not mentioned for a virtual function', () => {
    expect(status({ kind: 'vf' }, { retryHandler: handler() })).not.toHaveProperty('retryHandler');
  });

  test('of the host, which nobody of ours supervises, is External', () => {
    expect(status({ retryHandlerEq: 5 }).retryHandler).toEqual({ enabled: true, state: 'External' });
  });

  test('has its configuration as policy and its counters with their sum', () => {
    const stats = { timeouts: 3, nacks: 0, configFile: '/etc/other.conf' };
    const retryHandler = handler({ configFile: '/etc/cxi_rh.conf', restarts: 2 });
    expect(status({ retryHandlerEq: 5 }, { retryHandler, stats }).retryHandler).toEqual({
      enabled: true,
      state: 'Running',
      policy: 'cxi_rh.conf',
      restarts: 2,
      stats: { totalRetries: 3, timeoutRetries: 3, nackRetries: 0 },
    });
  });

  test('without one of its counters has no sum', () => {
    const stats = { nacks: 4, configFile: '/etc/cxi_rh.conf' };
    expect(status({ retryHandlerEq: 5 }, { stats }).retryHandler).toMatchObject({
      policy: 'cxi_rh.conf',
      stats: { nackRetries: 4 },
    });
  });

  test('whose supervisor saw it end is not enabled, though the NIC still holds its queue', () => {
    const retryHandler = handler({ state: 'Backoff' });
    expect(status({ retryHandlerEq: 5 }, { retryHandler }).retryHandler).toMatchObject({ enabled: false });
  });
});
