import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import type { HostSpec } from '../kinds.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { hostListing } from '../testing/listing.ts';
import { differences, recordedTree, treeOf } from '../testing/recorded.ts';
import type { NvmeSpec } from './spec.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function simulate(...nvme: NvmeSpec[]): Promise<{ host: SimulatedHost; files: HostFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-nvme-'));
  folders.push(folder);
  const host = await SimulatedHost.create(folder, { nvme });
  return { host, files: new HostFiles(host.root) };
}

/** The drive the dumps in testdata were recorded of. */
const recorded: NvmeSpec = {
  model: 'PHISON AI100E 1TB',
  serial: 'PHAI100E0001',
  firmware: 'EQFM01.1',
  numaNode: -1,
  cntlid: 0,
  subsysnqn: 'nqn.2019-08.org.qemu:PHAI100E0001',
  namespaces: [
    {
      sectors: 2_097_152,
      physicalBlockBytes: 512,
      wwid: 'nvme.1987-504841493130304530303031-504849534f4e2041493130304520315442-00000001',
    },
  ],
  smart: { temperature: 323 },
};

describe('the tree of a drive', () => {
  test('is that of the recorded one', async () => {
    const { host, files } = await simulate(recorded);
    const from = files.resolve('/sys/class/nvme/nvme0') ?? '';
    const dump = recordedTree(
      new URL('./testdata/recorded-controller.txt', import.meta.url),
      '/sys/devices/pci0000:00/0000:00:02.0/nvme/nvme0',
    );
    // Numbers the kernel picks, queues of two CPUs, counters, thresholds of an AI100E, and depths of the PCI tree.
    const ignore =
      /^(address|dev|queue_count|hwmon\d+\/.*|device|uevent|.*_controller|.*\/(bdi|dev|uevent|mq\/.*|stat))$/;
    expect(differences(dump, treeOf(hostListing(host.root), from), ignore)).toEqual([]);
    expect(dump.size).toBeGreaterThan(100);
    const hwmon = '/sys/class/hwmon/hwmon32';
    expect(files.readTrimmed(`${hwmon}/temp1_input`)).toBe('49850');
    expect(files.readTrimmed(`${hwmon}/temp1_max`)).toBe('69850');
  });

  test('has the recorded subsystem', async () => {
    const { host } = await simulate(recorded);
    const from = '/sys/devices/virtual/nvme-subsystem/nvme-subsys0';
    const dump = recordedTree(new URL('./testdata/recorded-subsystem.txt', import.meta.url), from);
    expect(differences(dump, treeOf(hostListing(host.root), from), /^nvme0$/)).toEqual([]);
  });

  test('shows an AI100E with its PCI device unless the spec says otherwise', async () => {
    const { files } = await simulate({ address: '0000:41:00.0' });
    const device = '/sys/class/nvme/nvme0/device';
    expect(files.readText('/sys/class/nvme/nvme0/model')).toBe(`${'PASCARI AI100E'.padEnd(40)}\n`);
    expect(files.readTrimmed(`${device}/vendor`)).toBe('0x1987');
    expect(files.readTrimmed(`${device}/class`)).toBe('0x010802');
    expect(files.readTrimmed(`${device}/current_link_speed`)).toBe('16.0 GT/s PCIe');
    expect(files.resolve(device)).toBe(files.resolve('/sys/bus/pci/devices/0000:41:00.0'));
    expect(files.readTrimmed('/sys/block/nvme0n1/size')).toBe('3907029168');
    expect(files.readTrimmed('/sys/class/block/nvme0n1/wwid')).toMatch(/^eui\.[0-9a-f]{16}$/);
    expect(files.stat('/dev/nvme0n1')?.size).toBe(3907029168 * 512);
    expect(files.stat('/dev/nvme0n1')?.blocks).toBe(0);
    expect(files.readText('/proc/modules')).toBe(
      'nvme_core 208896 1 nvme, Live 0x0000000000000000\nnvme 57344 0 - Live 0x0000000000000000\n',
    );
  });

  test('names partitions and says where they begin', async () => {
    const { files } = await simulate({ namespaces: [{ partitions: [1_048_576, 2_097_152] }] });
    expect(files.list('/sys/class/block').sort()).toEqual(['nvme0n1', 'nvme0n1p1', 'nvme0n1p2']);
    expect(files.list('/sys/block').sort()).toEqual(['nvme0n1']);
    expect(files.readTrimmed('/sys/block/nvme0n1/nvme0n1p2/start')).toBe('1050624');
    expect(files.readTrimmed('/sys/class/block/nvme0n1p1/partition')).toBe('1');
    expect(files.list('/dev').sort()).toEqual(['ng0n1', 'nvme0', 'nvme0n1', 'nvme0n1p1', 'nvme0n1p2']);
  });

  test('shows one disk over two controllers, and its paths as hidden', async () => {
    const nqn = 'nqn.2019-10.com.phison:shared';
    const { files } = await simulate({ subsysnqn: nqn }, { subsysnqn: nqn, cntlid: 2 });
    expect(files.list('/sys/class/block').sort()).toEqual(['nvme0c0n1', 'nvme0c1n1', 'nvme0n1']);
    expect(files.readTrimmed('/sys/block/nvme0c1n1/hidden')).toBe('1');
    expect(files.readTrimmed('/sys/block/nvme0n1/hidden')).toBe('0');
    expect(files.list('/dev').sort()).toEqual(['nvme0', 'nvme0n1', 'nvme1']);
    expect(files.list('/sys/class/nvme-subsystem').sort()).toEqual(['nvme-subsys0']);
  });

  test('of a fabric controller has no PCI device', async () => {
    const { files } = await simulate({ transport: 'tcp' });
    expect(files.readTrimmed('/sys/class/nvme/nvme0/address')).toBe('traddr=192.0.2.1,trsvcid=4420');
    expect(files.list('/sys/bus/pci/devices').sort()).toEqual([]);
    expect(files.exists('/sys/block/nvme0n1')).toBe(true);
  });

  test('says so when two drives would be in one slot', async () => {
    const address = '0000:41:00.0';
    await expect(simulate({ address }, { address })).rejects.toMatchObject({ code: 'AlreadyExists' });
    const folder = mkdtempSync(join(tmpdir(), 'rw-nvme-'));
    folders.push(folder);
    await expect(
      SimulatedHost.create(folder, { nics: [{ generation: 1 }], nvme: [{ address: '0000:21:00.0' }] }),
    ).rejects.toMatchObject({ code: 'AlreadyExists' });
  });
});

test.each<[field: string, NvmeSpec]>([
  ['serial', { serial: 'a serial number of more than 20' }],
  ['model', { model: 'with a\nnewline' }],
  ['namespaces.nsid', { namespaces: [{ nsid: 33 }] }],
  ['namespaces', { namespaces: [{ nsid: 2 }, {}, { nsid: 1 }, { nsid: 2 }] }],
  ['namespaces.sectors', { namespaces: [{ sectors: 1.5 }] }],
  ['namespaces.partitions', { namespaces: [{ sectors: 4096, partitions: [4096] }] }],
])('a drive with an impossible %s is refused by name', async (field, spec) => {
  await expect(simulate(spec)).rejects.toMatchObject({ code: 'InvalidArgument', field });
});

describe('drives that change', () => {
  test('counters grow as the drive works, and its health does not change', async () => {
    const { host } = await simulate({});
    host.hardware.nvme.passTime(8123);
    expect(host.hardware.nvme.controller('nvme0').smart).toMatchObject({
      powerOnHours: '16246',
      dataUnitsWritten: '42773437500',
      mediaErrors: '0',
      criticalWarning: 0,
    });
  });

  test('a dead controller is still there, its disks are not', async () => {
    const { host, files } = await simulate({}, {});
    host.hardware.nvme.setState('nvme1', 'dead');
    expect(files.readTrimmed('/sys/class/nvme/nvme1/state')).toBe('dead');
    expect(files.list('/sys/block').sort()).toEqual(['nvme0n1']);
    expect(files.exists('/dev/nvme1n1')).toBe(false);
    host.hardware.nvme.setState('nvme1', 'live');
    expect(files.list('/sys/block').sort()).toEqual(['nvme0n1', 'nvme1n1']);
  });

  test('a drive that is pulled out leaves nothing, and the next takes its number', async () => {
    const { host, files } = await simulate({}, {});
    host.hardware.nvme.unplug('nvme0');
    expect(hostListing(host.root).filter((line) => /nvme0|0000:11:00/.test(line))).toEqual([]);
    expect(files.list('/sys/class/nvme').sort()).toEqual(['nvme1']);
    expect(host.hardware.nvme.plug({ serial: 'NEW' })).toBe('nvme0');
    expect(files.readTrimmed('/sys/class/nvme/nvme0/serial')).toBe('NEW');
  });

  test('the last drive that goes leaves the classes', async () => {
    const { host, files } = await simulate({});
    host.hardware.nvme.unplug('nvme0');
    expect(files.exists('/sys/class/nvme')).toBe(true);
    expect(files.exists('/sys/class/block')).toBe(true);
    expect(files.list('/sys/class/nvme').sort()).toEqual([]);
  });

  test('the last drive that goes takes nothing of other hardware with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rw-nvme-'));
    folders.push(folder);
    const others: HostSpec = {
      nics: [{ generation: 1, telemetryFiles: 1 }],
      pmem: [{ namespaces: [{}] }],
      cxiRh: false,
    };
    const alone = await SimulatedHost.create(
      join(folder, 'alone'),
      { ...others, nvme: [] },
      new ManualClock(),
    );
    const host = await SimulatedHost.create(
      join(folder, 'both'),
      // A function of the same card as the NIC.
      { ...others, nvme: [{ address: '0000:21:00.7' }] },
      new ManualClock(),
    );
    host.hardware.nvme.unplug('nvme0');
    expect(hostListing(host.root)).toEqual(hostListing(alone.root));
    expect(existsSync(host.root.path('/.simulator/nvme/nvme0'))).toBe(false);
  });

  test('without the driver there are only PCI devices', async () => {
    const { host, files } = await simulate({});
    await host.setModules([]);
    expect(files.exists('/sys/class/nvme')).toBe(false);
    expect(files.list('/sys/block').sort()).toEqual([]);
    const [address = ''] = files.list('/sys/bus/pci/devices');
    expect(files.readText(`/sys/bus/pci/devices/${address}/uevent`)).not.toContain('DRIVER=');
    await host.setModules(['nvme_core', 'nvme']);
    expect(files.list('/sys/block').sort()).toEqual(['nvme0n1']);
    expect(files.resolve(`/sys/bus/pci/devices/${address}/driver`)).toBe('/sys/bus/pci/drivers/nvme');
  });
});
