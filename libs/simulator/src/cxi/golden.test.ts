import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import type { HostSpec } from '../kinds.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { expectGolden } from '../testing/golden.ts';
import { hostListing } from '../testing/listing.ts';

/** The listing of a host with this hardware, after something happened to it. */
async function listing(spec: HostSpec, then?: (host: SimulatedHost) => Promise<unknown>): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-golden-'));
  try {
    const host = await SimulatedHost.create(folder, spec, new ManualClock(1_700_000_000_123));
    await then?.(host);
    return hostListing(host.root);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function digest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

test('a host with NICs of both generations has the recorded files', async () => {
  const lines = await listing({
    nics: [
      { generation: 1, vfs: 1 },
      { generation: 2, link: 'down', telemetryFiles: 3 },
    ],
    xpmem: true,
  });
  expectGolden(new URL('./testdata/host.txt', import.meta.url), `${lines.join('\n')}\n`);
});

const three: HostSpec = {
  nics: [
    { generation: 1, vfs: 2, numaNode: 2, nid: 0xffffffff, mac: '02:00:00:00:00:99' },
    { generation: 2, vfs: 1, linkMode: 'bs200G', firmwareVersion: '1.2.3.4', speedMbps: 100000 },
    {
      generation: 1,
      name: 'cxi9',
      netdev: 'fabric0',
      partNumber: 'P1',
      serialNumber: 'S1',
      driverRev: 'abc',
    },
  ],
  numaNodes: 1,
  nidBase: 0x200,
  kernelRelease: '5.14.21-150500',
  libraries: false,
};

const more: [string, HostSpec, ((host: SimulatedHost) => Promise<unknown>)?][] = [
  ['no NIC', { nics: [] }],
  ['eight NICs in two PCI domains', { nics: Array.from({ length: 8 }, () => ({ generation: 2 })) }],
  ['three NICs with all set', three],
  ['modules that were chosen', { nics: [{ generation: 1 }], modules: ['cxi_ss1', 'kvm'] }],
  ['no retry handler program', { nics: [{ generation: 2 }], cxiRh: false, numaNodes: 8 }],
  ['a NIC pulled out', three, (host) => host.hardware.cxi.unplug('cxi0')],
  [
    'a NIC put back',
    three,
    async (host) => {
      await host.hardware.cxi.unplug('cxi1');
      await host.hardware.cxi.plug({ generation: 2, vfs: 3 });
    },
  ],
  ['cxi_user unloaded', three, (host) => host.setModules(host.modules.filter((name) => name !== 'cxi_user'))],
  [
    'everything unloaded and loaded again',
    three,
    async (host) => {
      const before = host.modules;
      await host.setModules([]);
      await host.setModules(before);
    },
  ],
  ['all modules unloaded', three, (host) => host.setModules([])],
  [
    'a link that flapped, traffic, and files that were written and removed',
    three,
    async (host) => {
      await host.hardware.cxi.setLink('cxi0', 'down');
      await host.hardware.cxi.setLink('cxi0', 'up');
      await host.hardware.cxi.setLink('cxi1', 'down');
      await host.hardware.cxi.passTraffic(7);
      await host.hardware.cxi.write('cxi9', 'fru/model', 'other');
      await host.hardware.cxi.remove('cxi9', 'sensors');
    },
  ],
];

test('hosts of every other kind, and what happens to them, have the recorded files', async () => {
  const digests: string[] = [];
  for (const [name, spec, then] of more) {
    const lines = await listing(spec, then);
    digests.push(`${digest(lines)} ${lines.length} ${name}\n`);
  }
  expectGolden(new URL('./testdata/digests.txt', import.meta.url), digests.join(''));
}, 120_000);
