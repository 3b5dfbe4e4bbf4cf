import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import type { HostSpec } from '../kinds.ts';
import { SimulatedHost } from '../simulated-host.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function simulate(
  spec: HostSpec,
): Promise<{ host: SimulatedHost; files: HostFiles; clock: ManualClock }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-host-'));
  folders.push(folder);
  const clock = new ManualClock(1_700_000_000_123);
  const host = await SimulatedHost.create(folder, spec, clock);
  return { host, files: new HostFiles(host.root), clock };
}

describe('the tree of a host with Slingshot NICs', () => {
  test('names NICs by probe order, physical ones first, and lists them as people count', async () => {
    const { host } = await simulate({
      nics: [{ generation: 1, vfs: 1 }, ...Array.from({ length: 9 }, () => ({ generation: 2 as const }))],
    });
    expect(host.hardware.cxi.nics()).toEqual([
      'cxi0',
      'cxi1',
      'cxi2',
      'cxi3',
      'cxi4',
      'cxi5',
      'cxi6',
      'cxi7',
      'cxi8',
      'cxi9',
      'cxi10',
    ]);
    expect(host.hardware.cxi.nic('cxi10')).toMatchObject({ kind: 'vf', parent: 'cxi0', slot: 0 });
  });

  test('shows a Cassini 1 PF as the driver does', async () => {
    const { host, files } = await simulate({ nics: [{ generation: 1, numaNode: 2, nid: 0x12 }] });
    const device = '/sys/class/cxi/cxi0/device';
    expect(readlinkSync(host.root.path('/sys/class/cxi/cxi0'))).toMatch(
      /^\.\.\/\.\.\/devices\/pci.*\/cxi\/cxi0$/,
    );
    expect(files.readText(`${device}/vendor`)).toBe('0x17db\n');
    expect(files.readText(`${device}/device`)).toBe('0x0501\n');
    expect(files.readText(`${device}/properties/nid`)).toBe('0x12\n');
    expect(files.readText(`${device}/local_cpulist`)).toBe('32-47,96-111\n');
    expect(files.readText(`${device}/port/link`)).toBe('up');
    expect(files.readText(`${device}/properties/pct_eq`)).toBe('0\n');
    expect(files.readText(`${device}/telemetry/hni_sts_rx_ok_octets`)).toBe(
      '75000000@1700000000.123000000\n',
    );
    expect(files.readText('/sys/class/net/hsn0/address')).toBe('02:00:00:00:00:12\n');
    expect(files.stat(`${device}/resource0`)?.size).toBe(2 ** 31);
    expect(files.stat(`${device}/resource0`)?.blocks).toBe(0);
    expect(files.resolve(`${device}/driver`)).toBe('/sys/bus/pci/drivers/cxi_ss1');
    expect(files.resolve('/sys/class/cxi_user/cxi0/device')).toBe(files.resolve(device));
    expect(files.resolve('/sys/class/net/hsn0/device')).toBe(files.resolve(device));
    expect(files.readText('/proc/modules')).toContain('cxi_ss1 1232896 2 cxi_user,cxi_eth, Live');
    expect(statSync(host.root.path('/dev/cxi0')).mode & 0o777).toBe(0o666);
  });

  test('keeps the port of Cassini 2 below port/0 and its speed as of Cassini 1', async () => {
    const { files } = await simulate({ nics: [{ generation: 2, link: 'down' }] });
    const device = '/sys/class/cxi/cxi0/device';
    expect(files.readText(`${device}/port/0/link/speed`)).toBe('ck400G\n');
    expect(files.readText(`${device}/port/0/link/state`)).toBe('down\n');
    expect(files.readText(`${device}/properties/speed`)).toBe('200000\n');
    expect(files.exists(`${device}/port/link`)).toBe(false);
  });

  test('a NIC without a fabric address has the MAC address of its maker', async () => {
    const { files } = await simulate({ nics: [{ generation: 1, nid: 0xffffffff }] });
    expect(files.readText('/sys/class/cxi/cxi0/device/properties/nid')).toBe('0xffffffff\n');
    expect(files.readText('/sys/class/net/hsn0/address')).toBe('f4:03:43:00:00:10\n');
  });

  test('gives virtual functions only properties and telemetry, a small BAR and links to the card', async () => {
    const { files } = await simulate({ nics: [{ generation: 2, vfs: 2 }] });
    const vf = files.resolve('/sys/class/cxi/cxi2/device') ?? '';
    expect(files.resolve('/sys/class/cxi/cxi0/device/virtfn1')).toBe(vf);
    expect(files.resolve(`${vf}/physfn`)).toBe(files.resolve('/sys/class/cxi/cxi0/device'));
    expect(files.readText(`${vf}/device`)).toBe('0x0372\n');
    expect(files.stat(`${vf}/resource0`)?.size).toBeLessThan(2 ** 31);
    expect(files.exists(`${vf}/properties/pct_eq`)).toBe(true);
    for (const name of ['port', 'fru', 'uc', 'sensors', 'link_restarts', 'sriov_totalvfs']) {
      expect(files.exists(`${vf}/${name}`)).toBe(false);
    }
  });

  test('leads library names to the real files', async () => {
    const { files } = await simulate({ nics: [] });
    expect(files.resolve('/opt/cray/lib64/libfabric.so.1')).toBe('/opt/cray/lib64/libfabric.so.1.27.0');
    expect(files.resolve('/usr/lib64/libcxi.so')).toBe('/usr/lib64/libcxi.so.1.5.0');
  });
});

describe('hardware that changes', () => {
  test('a NIC that is pulled out leaves nothing, its virtual functions neither', async () => {
    const { host, files } = await simulate({ nics: [{ generation: 1, vfs: 2 }, { generation: 1 }] });
    const folder = host.hardware.cxi.nic('cxi0').folder;
    await host.hardware.cxi.unplug('cxi0');
    expect(host.hardware.cxi.nics()).toEqual(['cxi1']);
    expect(files.list('/sys/class/cxi')).toEqual(['cxi1']);
    expect(files.list('/sys/class/net')).toEqual(['hsn1']);
    expect(files.list('/dev')).toEqual(['cxi1']);
    expect(files.exists(folder)).toBe(false);
  });

  test('a NIC that is put back takes the free slot and the next number', async () => {
    const { host, files } = await simulate({ nics: [{ generation: 1 }, { generation: 1 }] });
    await host.hardware.cxi.unplug('cxi0');
    expect(await host.hardware.cxi.plug({ generation: 2 })).toBe('cxi2');
    expect(host.hardware.cxi.nic('cxi2').netdev).toBe('hsn0');
    expect(files.readText('/sys/class/cxi/cxi2/device/properties/cassini_version')).toBe('2.0\n');
  });

  test('a link that comes back is one restart, in a ring of ten', async () => {
    const { host, files, clock } = await simulate({ nics: [{ generation: 1 }] });
    for (let i = 0; i < 11; i++) {
      await host.hardware.cxi.setLink('cxi0', 'down');
      expect(files.readText('/sys/class/net/hsn0/operstate')).toBe('down\n');
      await clock.advance(1000);
      await host.hardware.cxi.setLink('cxi0', 'up');
    }
    const times = [0, 1, 9].map((i) => host.hardware.cxi.read('cxi0', `link_restarts/time_${i}`));
    expect(times).toEqual(['1700000011', '1700000002', '1700000010']);
  });

  test('unloading cxi_user takes the device nodes, unloading cxi_ss1 the whole class', async () => {
    const { host, files } = await simulate({ nics: [{ generation: 1 }] });
    await host.setModules(host.modules.filter((name) => name !== 'cxi_user'));
    expect(files.exists('/dev/cxi0')).toBe(false);
    expect(files.exists('/sys/class/cxi_user')).toBe(false);
    expect(files.exists('/sys/class/cxi/cxi0')).toBe(true);
    await host.setModules([]);
    expect(files.exists('/sys/class/cxi')).toBe(false);
    expect(files.list('/sys/class/net')).toEqual([]);
    const device = host.hardware.cxi.nic('cxi0').folder;
    expect(files.readText(`${device}/vendor`)).toBe('0x17db\n');
    expect(files.exists(`${device}/properties`)).toBe(false);
    expect(files.readText(`${device}/uevent`)).not.toContain('DRIVER=');
    await host.setModules(['cxi_sbl', 'cxi_sl', 'cxi_ss1', 'cxi_user', 'cxi_eth']);
    expect(files.list('/sys/class/cxi')).toEqual(['cxi0']);
    expect(files.exists('/dev/cxi0')).toBe(true);
  });

  test('traffic makes counters grow where the link is up', async () => {
    const { host } = await simulate({ nics: [{ generation: 1 }, { generation: 1, link: 'down' }] });
    await host.hardware.cxi.passTraffic(10);
    expect(host.hardware.cxi.read('cxi0', 'telemetry/hni_sts_tx_ok_octets')).toBe(
      '87500000@1700000000.123000000',
    );
    expect(host.hardware.cxi.read('cxi1', 'telemetry/hni_sts_tx_ok_octets')).toBe(
      '75000000@1700000000.123000000',
    );
  });

  test('a file can become anything and is seen whole or not at all', async () => {
    const { host, files } = await simulate({ nics: [{ generation: 1 }] });
    await host.hardware.cxi.remove('cxi0', 'properties/nid');
    expect(files.readText('/sys/class/cxi/cxi0/device/properties/nid')).toBeUndefined();
    await host.hardware.cxi.write('cxi0', 'fru', 'a file now');
    expect(readFileSync(host.root.path(`${host.hardware.cxi.nic('cxi0').folder}/fru`), 'utf8')).toBe(
      'a file now',
    );
  });

  test('says which NIC is missing', async () => {
    const { host } = await simulate({ nics: [] });
    await expect(host.hardware.cxi.unplug('cxi7')).rejects.toMatchObject({
      code: 'NotFound',
      message: 'this host has no NIC cxi7',
    });
  });
});
