import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { faults, garbageKinds, SimulatedHost } from '@rackwright/simulator';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { evaluateHealth, nothingObserved } from './health.ts';
import { loadedModules } from './modules.ts';
import { scanCxi } from './scan.ts';

let folder: string;
let host: SimulatedHost;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cxi-simulated-'));
  const nics = [{ generation: 1, vfs: 2 } as const, { generation: 2, vfs: 1, numaNode: -1 } as const];
  host = await SimulatedHost.create(folder, { nics, cxiRh: false }, new ManualClock());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Not given up, however busy the machine is. */
const noLimits = { budgetMs: Number.POSITIVE_INFINITY, wallMs: Number.POSITIVE_INFINITY };
const scan = (): CxiDevice[] => cxiDevices(scanCxi(new HostFiles(host.root), noLimits));
const device = (name: string): CxiDevice | undefined => scan().find((one) => one.name === name);

test('every function of a simulated host is read without a problem, as the simulator made it', () => {
  const told = scan().map(
    ({ name, kind, generation, parent, numaNode, nid, mac, netdev, pciAddress, problems }) => {
      return { name, kind, generation, parent, numaNode, nid, mac, netdev, pciAddress, problems };
    },
  );
  const made = host.hardware.cxi
    .functions()
    .map(({ name, kind, generation, parent, numaNode, nid, mac, netdev, pciAddress }) => {
      const numa = numaNode < 0 ? undefined : numaNode;
      return { name, kind, generation, parent, numaNode: numa, nid, mac, netdev, pciAddress, problems: [] };
    });
  expect(told).toEqual(made);
  expect(scan().map(({ linkSpeedMbps }) => linkSpeedMbps)).toEqual([
    200_000,
    400_000,
    200_000,
    200_000,
    undefined,
  ]);
  expect(loadedModules(new HostFiles(host.root)).has('cxi_ss1')).toBe(true);
});

test('all are healthy until something is wrong with one', async () => {
  const healthy = (): boolean[] =>
    scan().map((one) => evaluateHealth(one, nothingObserved).status === 'Healthy');
  expect(healthy()).toEqual([true, true, true, true, true]);
  const down = faults.linkDown(host, { nic: 'cxi0' });
  await down.apply();
  expect(healthy()[0]).toBe(false);
  await down.revert?.();
  expect(healthy()).toEqual([true, true, true, true, true]);
});

const attributes = [
  'properties/nid',
  'properties/link',
  'properties/speed',
  'numa_node',
  'vendor',
  'properties',
  'net',
];

test.each(garbageKinds)(
  '%s garbage in place of any attribute leaves the other NICs as they are',
  async (garbage) => {
    const others = scan().slice(1);
    for (const file of attributes) {
      const fault = faults.garbageFile(host, { nic: 'cxi0', file, garbage });
      await fault.apply();
      const [broken, ...rest] = scan();
      expect([broken?.name, rest]).toEqual(['cxi0', others]);
      await fault.revert?.();
    }
    expect(device('cxi0')?.problems).toEqual([]);
  },
);
