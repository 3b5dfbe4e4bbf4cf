import type { CxiDevice, RetryHandlerEntry } from '@rackwright/hardware-cxi';
import fc from 'fast-check';
import type { DeviceView } from '../model.ts';

/** A healthy NIC with everything known, or as told. */
export function nic(fields: Partial<CxiDevice> = {}): CxiDevice {
  const name = fields.name ?? 'cxi0';
  return {
    name,
    index: Number(name.slice(3)),
    kind: 'pf',
    generation: 1,
    pciAddress: '0000:21:00.0',
    numaNode: 0,
    nid: 0x1c1,
    linkState: 'up',
    linkSpeedMbps: 200_000,
    driverRev: 'abc1234',
    retryHandlerEq: 0,
    linkRestarts: [],
    devNode: { path: `/dev/${name}`, present: true },
    problems: [],
    ...fields,
  };
}

/** What the supervisor says of a handler that runs, or as told. */
export function handler(fields: Partial<RetryHandlerEntry> = {}): RetryHandlerEntry {
  return {
    device: 'cxi0',
    state: 'Running',
    restarts: 0,
    since: '2026-01-01T00:00:00Z',
    rebootRequired: false,
    ...fields,
  };
}

/** A device as it is published. */
export function view(fields: Partial<CxiDevice> = {}, rest: Partial<DeviceView> = {}): DeviceView {
  const health = { status: 'Healthy', reason: 'Healthy', message: 'the link is up' } as const;
  return { device: nic(fields), health, ...rest };
}

/** Any device a scan could find, by name. */
export function anyDevice(name: string): fc.Arbitrary<CxiDevice> {
  const text = fc.string({ minLength: 1, maxLength: 20 });
  return fc
    .record(
      {
        kind: fc.constantFrom('pf' as const, 'vf' as const),
        linkState: fc.constantFrom('up' as const, 'down' as const, 'unknown' as const),
        generation: fc.constantFrom(1 as const, 2 as const),
        pciAddress: text,
        numaNode: fc.nat(7),
        nid: fc.nat(0xfffff),
        linkSpeedMbps: fc.constantFrom(200_000, 400_000, 2500),
        driverRev: text,
        retryHandlerEq: fc.nat(2),
        serialNumber: text,
        pciEnabled: fc.boolean(),
        problems: fc.array(text, { maxLength: 2 }),
        present: fc.boolean(),
      },
      { requiredKeys: ['kind', 'linkState', 'problems', 'present'] },
    )
    .map(({ present, ...fields }) => ({
      ...{ name, index: Number(name.slice(3)), linkRestarts: [] },
      devNode: { path: `/dev/${name}`, present },
      ...fields,
    }));
}

/** Any set of devices with different names, in their order. */
export function anyDevices(names: readonly string[]): fc.Arbitrary<CxiDevice[]> {
  return fc.subarray([...names]).chain((some) => fc.tuple(...some.map(anyDevice)));
}

/** Anything a supervisor could say of a device. */
export function anyHandler(device: string): fc.Arbitrary<RetryHandlerEntry> {
  return fc.record(
    {
      device: fc.constant(device),
      state: fc.constantFrom('Starting', 'Running', 'External', 'Backoff', 'Failed', 'Stopped'),
      restarts: fc.nat(3),
      since: fc.constant('2026-01-01T00:00:00Z'),
      rebootRequired: fc.boolean(),
      configFile: fc.constantFrom('/etc/cxi_rh.conf', '/'),
    },
    { requiredKeys: ['device', 'state', 'restarts', 'since', 'rebootRequired'] },
  );
}
