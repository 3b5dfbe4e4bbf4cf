import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { SimulatedHost } from '@rackwright/simulator';
import { slingshotAddresses } from './pci-bus.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pci-bus-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('NICs are seen on the bus of both generations, also without their driver', async () => {
  const host = await SimulatedHost.create(folder, { nics: [{ generation: 1 }, { generation: 2, vfs: 1 }] });
  await host.setModules([]);
  const found = slingshotAddresses(new HostFiles(host.root));
  expect(found).toEqual(
    host.hardware.cxi
      .functions()
      .map((nic) => nic.pciAddress)
      .sort(),
  );
});

test('a host without NICs, or without a PCI bus, has none', async () => {
  const host = await SimulatedHost.create(folder, { nics: [] });
  expect(slingshotAddresses(new HostFiles(host.root))).toEqual([]);
  await rm(join(folder, 'sys/bus'), { recursive: true });
  expect(slingshotAddresses(new HostFiles(host.root))).toEqual([]);
});
