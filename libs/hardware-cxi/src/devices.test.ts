import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { HostFiles, HostRoot } from '@rackwright/host';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { scanCxi } from './scan.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cxi-devices-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, content: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** Makes the tree of one NIC as the driver does; returns its PCI folder. */
function nic(name: string, pci: string, files: Record<string, string>): string {
  const base = `sys/devices/pci0000:20/${pci}`;
  mkdirSync(join(folder, base, 'cxi', name), { recursive: true });
  symlinkSync(`../../../${pci}`, join(folder, base, 'cxi', name, 'device'));
  mkdirSync(join(folder, 'sys/class/cxi'), { recursive: true });
  symlinkSync(`../../devices/pci0000:20/${pci}/cxi/${name}`, join(folder, 'sys/class/cxi', name));
  for (const [file, text] of Object.entries(files)) write(`${base}/${file}`, text);
  return base;
}

function scan(): CxiDevice[] {
  return cxiDevices(scanCxi(new HostFiles(new HostRoot(folder))));
}

const cassini1 = {
  vendor: '0x17db\n',
  device: '0x0501\n',
  numa_node: '0\n',
  local_cpulist: '0-15,64-79\n',
  enable: '1\n',
  uevent: 'DRIVER=cxi_ss1\nPCI_ID=17DB:0501\nPCI_SLOT_NAME=0000:21:00.0\n',
  'properties/nid': '0x12\n',
  'properties/speed': '200000\n',
  'properties/link': '1\n',
  'properties/cassini_version': '1.1\n',
  'properties/driver_rev': '[unknown]\n',
  'properties/rgids_avail': '256\n',
  'properties/pct_eq': '3\n',
  'properties/pcie_corr_err': '7\n',
  'properties/pcie_uncorr_err': '0\n',
  'port/speed': 'BS_200G',
  'net/hsn3/address': '02:00:00:00:00:12\n',
  'fru/part_number': 'P43012-001\n',
  'fru/serial_number': 'HA0123\n',
  'uc/qspi_blob_version': '1.6.0.326\n',
  'link_restarts/time_0': '1700000300\n',
  'link_restarts/time_1': '1700000100\n',
  'link_restarts/time_2': '0\n',
};

test('a Cassini 1 NIC is read in full, NUMA node 0 and zero counters included', () => {
  const base = nic('cxi0', '0000:21:00.0', cassini1);
  write(`${base}/resource0`, '');
  truncateSync(join(folder, base, 'resource0'), 2 ** 31);
  write('dev/cxi0', '');
  expect(scan()).toEqual([
    {
      name: 'cxi0',
      index: 0,
      kind: 'pf',
      generation: 1,
      cassiniVersion: '1.1',
      pciAddress: '0000:21:00.0',
      vendorId: '17db',
      deviceId: '0501',
      numaNode: 0,
      localCpus: '0-15,64-79',
      nid: 0x12,
      mac: '02:00:00:00:00:12',
      netdev: 'hsn3',
      linkState: 'up',
      linkSpeedMbps: 200_000,
      firmwareVersion: '1.6.0.326',
      partNumber: 'P43012-001',
      serialNumber: 'HA0123',
      retryHandlerEq: 3,
      rgidsAvailable: 256,
      pcieCorrectableErrors: 7,
      pcieUncorrectableErrors: 0,
      linkRestarts: [1_700_000_100, 1_700_000_300],
      devNode: { path: '/dev/cxi0', present: true },
      pciEnabled: true,
      problems: [],
    },
  ]);
});

test('the speed of a Cassini 2 NIC comes from its port, never from the default in properties', () => {
  const ids = { vendor: '0x1590\n', device: '0x0371\n', 'properties/speed': '200000\n' };
  nic('cxi0', '0000:21:00.0', { ...ids, 'port/0/link/speed': 'ck400G' });
  nic('cxi1', '0000:22:00.0', ids);
  expect(scan().map((device) => [device.generation, device.linkSpeedMbps])).toEqual([
    [2, 400_000],
    [2, undefined],
  ]);
});

test('devices come in the order people count', () => {
  for (const i of [10, 2, 0]) nic(`cxi${i}`, `0000:${i + 10}:00.0`, cassini1);
  write('sys/class/cxi/cxi_user0', '');
  expect(scan().map((device) => device.name)).toEqual(['cxi0', 'cxi2', 'cxi10']);
});

test('virtual functions are told apart by id, by BAR 0 and by the link to their parent', () => {
  nic('cxi0', '0000:21:00.0', cassini1);
  const byLink = nic('cxi1', '0000:21:00.1', cassini1);
  symlinkSync('../0000:21:00.0', join(folder, byLink, 'physfn'));
  const byBar = nic('cxi2', '0000:22:00.1', cassini1);
  write(`${byBar}/resource0`, 'x'.repeat(4096));
  nic('cxi3', '0000:23:00.1', { vendor: '0x1590', device: '0x0372' });
  expect(scan().map((device) => [device.name, device.kind, device.parent])).toEqual([
    ['cxi0', 'pf', undefined],
    ['cxi1', 'vf', 'cxi0'],
    ['cxi2', 'vf', undefined],
    ['cxi3', 'vf', undefined],
  ]);
});

test('an unset NID follows from an algorithmic MAC address, and from no other', () => {
  const unset = { ...cassini1, 'properties/nid': '0xffffffff\n' };
  nic('cxi0', '0000:21:00.0', { ...unset, 'net/hsn3/address': '02:00:00:0a:bc:de\n' });
  nic('cxi1', '0000:22:00.0', { ...unset, 'net/hsn3/address': 'ec:0d:9a:0a:bc:de\n' });
  expect(scan().map((device) => [device.nid, device.problems])).toEqual([
    [0xabcde, []],
    [undefined, []],
  ]);
});

test('what makes no sense is absent and named', () => {
  nic('cxi0', '0000:21:00.0', {
    ...cassini1,
    vendor: '0xbeef\n',
    numa_node: 'zero\n',
    'properties/nid': '0x100000\n',
    'properties/link': 'maybe\n',
    'properties/pct_eq': '-4\n',
  });
  const [device] = scan();
  expect([device?.numaNode, device?.nid, device?.linkState, device?.retryHandlerEq]).toEqual([
    undefined,
    undefined,
    'unknown',
    undefined,
  ]);
  expect(device?.problems).toEqual([
    'PCI id beef:0501 is not one of a Cassini NIC',
    'numa_node: "zero" makes no sense',
    'properties/nid: "0x100000" makes no sense',
    'properties/pct_eq: "-4" makes no sense',
    'properties/link: "maybe" makes no sense',
  ]);
});

test('a host without the class has no devices', () => {
  expect(scan()).toEqual([]);
});
