import { expect, test } from '@jest/globals';
import { MemoryFiles } from '../../host/src/testing/memory-files.ts';
import { folder, put, putText } from '../../host/src/testing/tree.ts';
import type { CxiDevice } from './device.ts';
import { cxiDevices } from './devices.ts';
import { scanCxi } from './scan.ts';
import { cassini1, cassini2, pciFolder, putNic } from './testing/nic.ts';

function scan(host: ReturnType<typeof folder>): CxiDevice[] {
  return cxiDevices(scanCxi(new MemoryFiles(host)));
}

test('a Cassini 1 NIC is read in full, NUMA node 0 and zero counters included', () => {
  const host = folder();
  putNic(host, 'cxi0', '0000:21:00.0', cassini1);
  put(host, `${pciFolder('0000:21:00.0')}/resource0`, { kind: 'file', text: '', size: 2 ** 31 });
  putText(host, '/dev/cxi0', '');
  expect(scan(host)).toEqual([
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
  const host = folder();
  const { 'port/0/link/speed': _, ...silent } = cassini2;
  putNic(host, 'cxi0', '0000:21:00.0', cassini2);
  putNic(host, 'cxi1', '0000:22:00.0', silent);
  expect(scan(host).map((device) => [device.generation, device.linkSpeedMbps])).toEqual([
    [2, 400_000],
    [2, undefined],
  ]);
});

test('devices come in the order people count', () => {
  const host = folder();
  for (const i of [10, 2, 0]) putNic(host, `cxi${i}`, `0000:${i + 10}:00.0`, cassini1);
  putText(host, '/sys/class/cxi/cxi_user0', '');
  putText(host, '/sys/class/cxi/cxi5', 'no device');
  expect(scan(host).map((device) => device.name)).toEqual(['cxi0', 'cxi2', 'cxi10']);
});

test('virtual functions are told apart by id, by BAR 0 and by the link to their parent', () => {
  const host = folder();
  putNic(host, 'cxi0', '0000:21:00.0', cassini1);
  putNic(host, 'cxi1', '0000:21:00.1', cassini1);
  put(host, `${pciFolder('0000:21:00.1')}/physfn`, { kind: 'link', target: '../0000:21:00.0' });
  putNic(host, 'cxi2', '0000:22:00.1', cassini1);
  put(host, `${pciFolder('0000:22:00.1')}/resource0`, { kind: 'file', text: '', size: 2 ** 20 });
  putNic(host, 'cxi3', '0000:23:00.1', { ...cassini2, device: '0x0372\n' });
  putNic(host, 'cxi4', '0000:24:00.1', {
    ...cassini1,
    resource: '0x0000000380000000 0x00000003800fffff 0x000000000014220c\n',
  });
  expect(scan(host).map((device) => [device.name, device.kind, device.parent])).toEqual([
    ['cxi0', 'pf', undefined],
    ['cxi1', 'vf', 'cxi0'],
    ['cxi2', 'vf', undefined],
    ['cxi3', 'vf', undefined],
    ['cxi4', 'vf', undefined],
  ]);
});

test('an unset NID follows from an algorithmic MAC address, and from no other', () => {
  const host = folder();
  const unset = { ...cassini1, 'properties/nid': '0xffffffff\n' };
  putNic(host, 'cxi0', '0000:21:00.0', { ...unset, 'net/hsn3/address': '02:00:00:0a:bc:de\n' });
  putNic(host, 'cxi1', '0000:22:00.0', { ...unset, 'net/hsn3/address': 'ec:0d:9a:0a:bc:de\n' });
  expect(scan(host).map((device) => [device.nid, device.problems])).toEqual([
    [0xabcde, []],
    [undefined, []],
  ]);
});

test('what makes no sense is absent and named', () => {
  const host = folder();
  putNic(host, 'cxi0', '0000:21:00.0', {
    ...cassini1,
    vendor: '0xbeef\n',
    numa_node: 'zero\n',
    'properties/nid': '0x100000\n',
    'properties/link': 'maybe\n',
    'properties/pct_eq': '-4\n',
  });
  const [device] = scan(host);
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
  expect(scan(folder())).toEqual([]);
});

test('where /dev is not mounted, the class of the user driver tells whether there is a node', () => {
  const host = folder();
  putNic(host, 'cxi0', '0000:21:00.0', cassini1);
  putNic(host, 'cxi1', '0000:22:00.0', cassini1);
  put(host, '/sys/class/cxi_user/cxi0', folder());
  expect(scan(host).map(({ devNode }) => devNode.present)).toEqual([true, false]);
  put(host, '/dev', folder());
  expect(scan(host).map(({ devNode }) => devNode.present)).toEqual([false, false]);
});

test('without `properties/link` the port tells the link state, and an odd word tells nothing', () => {
  const host = folder();
  for (const [i, state] of ['up', 'starting', 'unknown', 'garb'].entries()) {
    const { 'properties/link': _, ...rest } = cassini1;
    putNic(host, `cxi${i}`, `0000:2${i}:00.0`, { ...rest, 'port/link': state });
  }
  expect(scan(host).map(({ linkState }) => linkState)).toEqual(['up', 'down', 'unknown', 'unknown']);
});

test('an entry of the class that leads nowhere is a device nothing is known of', () => {
  const host = folder();
  put(host, '/sys/class/cxi/cxi5', { kind: 'link', target: '../../devices/gone' });
  expect(scan(host)).toEqual([
    {
      name: 'cxi5',
      index: 5,
      kind: 'pf',
      linkState: 'unknown',
      linkRestarts: [],
      devNode: { path: '/dev/cxi5', present: false },
      problems: ['device: leads nowhere'],
    },
  ]);
});
