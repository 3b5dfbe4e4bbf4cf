import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { faults } from '../faults/index.ts';
import type { HostSpec } from '../kinds.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { hostListing } from '../testing/listing.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function simulate(spec: HostSpec): Promise<{ host: SimulatedHost; files: HostFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-core-'));
  folders.push(folder);
  const host = await SimulatedHost.create(folder, spec);
  return { host, files: new HostFiles(host.root) };
}

test('a host without hardware has no driver, no NIC and nothing of their software', async () => {
  const { host, files } = await simulate({});
  expect(host.modules).toEqual([]);
  expect(files.readText('/proc/modules')).toBe('');
  expect(hostListing(host.root).filter((line) => /cxi|nvme|pmem|ndbus/.test(line))).toEqual([]);
});

test('a reboot empties /run and keeps the disk', async () => {
  const { host, files } = await simulate({ nics: [] });
  writeFileSync(host.root.path('/run/rackwright/socket'), '');
  writeFileSync(host.root.path('/etc/kept'), 'still here');
  await faults.reboot(host).apply();
  expect(files.list('/run/rackwright')).toEqual([]);
  expect(files.readText('/etc/kept')).toBe('still here');
  expect(files.resolve('/usr/bin/cxi_rh')).toBe('/usr/bin/cxi_rh');
});

test('every reboot is another boot', async () => {
  const { host, files } = await simulate({});
  const bootIds: (string | undefined)[] = [];
  for (let i = 0; i < 2; i++) {
    await host.reboot();
    bootIds.push(files.readTrimmed('/proc/sys/kernel/random/boot_id'));
  }
  expect(bootIds[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(bootIds[1]).not.toBe(bootIds[0]);
});

test('a reboot shows the same hardware, with modules and links as at first and numbers from 0', async () => {
  const { host } = await simulate({
    nics: [{ generation: 1, vfs: 1 }, { generation: 2 }, { generation: 1 }],
  });
  await host.reboot();
  const atStart = hostListing(host.root);
  await host.setModules(['cxi_ss1']);
  await host.hardware.cxi.unplug('cxi1');
  await host.hardware.cxi.plug({ generation: 2 });
  expect(host.hardware.cxi.nics()).toEqual(['cxi0', 'cxi2', 'cxi3', 'cxi4']);
  await host.reboot();
  expect(host.hardware.cxi.nics()).toEqual(['cxi0', 'cxi1', 'cxi2', 'cxi3']);
  const changing = /boot_id|telemetry/;
  expect(hostListing(host.root).filter((line) => !changing.test(line))).toEqual(
    atStart.filter((line) => !changing.test(line)),
  );
});

test('PCI devices without a driver here are as the spec says', async () => {
  const { host, files } = await simulate({
    pci: [
      { address: '0000:05:00.0', vendor: 0x14e4, device: 0x16d7, subsystemVendor: 0x1590 },
      { address: '0000:06:00.0', vendor: 0x1590, device: 0x0371, sriovTotalVfs: 64, without: ['vendor'] },
    ],
  });
  expect(files.list('/sys/bus/pci/devices')).toEqual(['0000:05:00.0', '0000:06:00.0']);
  const device = '/sys/bus/pci/devices/0000:05:00.0';
  expect(files.readTrimmed(`${device}/subsystem_vendor`)).toBe('0x1590');
  expect(files.readTrimmed(`${device}/class`)).toBe('0x020000');
  expect(readFileSync(host.root.path(`${device}/uevent`), 'utf8')).toContain('PCI_SUBSYS_ID=1590:0000');
  expect(files.exists('/sys/bus/pci/devices/0000:06:00.0/vendor')).toBe(false);
  expect(files.readTrimmed('/sys/bus/pci/devices/0000:06:00.0/sriov_totalvfs')).toBe('64');
  await host.reboot();
  expect(files.list('/sys/bus/pci/devices')).toEqual(['0000:05:00.0', '0000:06:00.0']);
});

test('two devices cannot be at one PCI address', async () => {
  const at = { address: '0000:21:00.0', vendor: 1, device: 2 };
  await expect(simulate({ pci: [at], nics: [{ generation: 1 }] })).rejects.toMatchObject({
    code: 'AlreadyExists',
    message: 'PCI device 0000:21:00.0 is at PCI address 0000:21:00.0 already, cxi0 cannot be',
  });
});

test.each(['5', '0000:00:1f.0', '0000:05:00.8', '0000:05:00'])(
  '%s is no address of a card',
  async (address) => {
    await expect(simulate({ pci: [{ address, vendor: 1, device: 2 }] })).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
  },
);
