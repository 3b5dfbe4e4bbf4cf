import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cxiDevices, loadedModules, scanCxi } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { cxi } from '@rackwright/keys';
import { SimulatedHost } from '../simulated-host.ts';

test('hardware discovery finds every function as it was asked for and nothing to complain about', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rw-scan-'));
  try {
    const host = await SimulatedHost.create(folder, {
      nics: [
        { generation: 1, vfs: 2, numaNode: 0 },
        { generation: 2, vfs: 1, link: 'down' },
        { generation: 1, nid: 0xfffff, numaNode: 3 },
      ],
    });
    const files = new HostFiles(host.root);
    const devices = cxiDevices(scanCxi(files));
    expect(devices.flatMap((device) => device.problems)).toEqual([]);
    expect(devices).toEqual(
      host.hardware.cxi.functions().map((nic) =>
        expect.objectContaining({
          name: nic.name,
          kind: nic.kind,
          generation: nic.generation,
          pciAddress: nic.pciAddress,
          numaNode: nic.numaNode,
          nid: nic.nid,
          mac: nic.mac,
          netdev: nic.netdev,
          linkState: nic.spec.link ?? 'up',
          ...(nic.parent === undefined ? {} : { parent: nic.parent }),
        }),
      ),
    );
    expect(devices.map((device) => device.linkSpeedMbps)).toEqual([
      200_000,
      400_000,
      200_000,
      200_000,
      200_000,
      undefined,
    ]);
    expect([...loadedModules(files)]).toEqual(expect.arrayContaining([...cxi.modules]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
