import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { HostFiles } from '@rackwright/host';
import { type Fault, faults } from '../faults/index.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { hostListing } from '../testing/listing.ts';
import { healthyDrive, smartPage } from './smart.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function twoDrives(): Promise<{ host: SimulatedHost; files: HostFiles }> {
  const folder = mkdtempSync(join(tmpdir(), 'rw-nvme-faults-'));
  folders.push(folder);
  const host = await SimulatedHost.create(folder, { nvme: [{ serial: 'FIRST' }, { serial: 'SECOND' }] });
  return { host, files: new HostFiles(host.root) };
}

const drive = 'nvme1';
const reversible: [string, (host: SimulatedHost) => Fault, path: string, value: string | undefined][] = [
  ['dead', (host) => faults.nvmeDead(host, { drive }), '/sys/block/nvme1n1/size', undefined],
  ['resetting', (host) => faults.nvmeResetting(host, { drive }), '/sys/class/nvme/nvme1/state', 'resetting'],
  ['pulled out', (host) => faults.nvmeGone(host, { drive }), '/sys/class/nvme/nvme1/state', undefined],
  [
    'slow',
    (host) => faults.nvmeSlowAdmin(host, { drive, delayMs: 60_000 }),
    '/.simulator/nvme/nvme1/admin.json',
    '{"delayMs":60000,"fails":false}',
  ],
  ['read-only', (host) => faults.nvmeReadOnly(host, { drive }), '/sys/block/nvme1n1/ro', '1'],
  [
    'hot',
    (host) => faults.nvmeHot(host, { drive, kelvin: 359 }),
    '/sys/class/hwmon/hwmon33/temp1_input',
    '85850',
  ],
];

test.each(reversible)(
  'a drive that is %s shows it, and all is as before when it ends',
  async (_, make, path, value) => {
    const { host, files } = await twoDrives();
    const before = hostListing(host.root);
    const fault = make(host);
    await fault.apply();
    expect(files.readTrimmed(path)).toBe(value);
    expect(files.readTrimmed('/sys/class/nvme/nvme0/state')).toBe('live');
    await fault.revert?.();
    expect(hostListing(host.root)).toEqual(before);
  },
);

test('media errors are counted in the log page for good', async () => {
  const { host } = await twoDrives();
  const page = (): Buffer => readFileSync(host.root.path('/.simulator/nvme/nvme0/log-02'));
  expect(page().readBigUInt64LE(160)).toBe(0n);
  const fault = faults.nvmeMediaErrors(host, { drive: 'nvme0', count: 15 });
  await fault.apply();
  expect([page().readBigUInt64LE(160), page().readBigUInt64LE(176)]).toEqual([15n, 92n]);
  expect(fault.revert).toBeUndefined();
});

test('after a reboot drives have other numbers and their own data', async () => {
  const { host, files } = await twoDrives();
  writeFileSync(host.root.path('/dev/nvme0n1'), 'of the first', { flag: 'r+' });
  await faults.nvmeRenumbered(host).apply();
  expect(files.readTrimmed('/sys/class/nvme/nvme1/serial')).toBe('FIRST');
  expect(files.readTrimmed('/sys/class/nvme/nvme0/serial')).toBe('SECOND');
  expect(readStart(host, '/dev/nvme1n1')).toBe('of the first');
  expect(readStart(host, '/dev/nvme0n1')).toBe('\0'.repeat(12));
});

function readStart(host: SimulatedHost, path: string): string {
  return new HostFiles(host.root, { maxBytes: 12 }).readText(path) ?? '';
}

test('a log page has each value where the specification has it, beyond 2^64 too', () => {
  const page = Buffer.from(
    smartPage({
      ...healthyDrive,
      criticalWarning: 4,
      percentageUsed: 300,
      dataUnitsWritten: String(2n ** 64n + 5n),
      temperatureSensors: [321, 0, 330],
      thermalTransitionTime: [7, 8],
    }),
  );
  expect([page.length, page[0], page.readUInt16LE(1), page[3], page[4], page[5]]).toEqual([
    512, 4, 318, 100, 5, 255,
  ]);
  expect([page.readBigUInt64LE(48), page.readBigUInt64LE(56)]).toEqual([5n, 1n]);
  expect([200, 202, 204].map((at) => page.readUInt16LE(at))).toEqual([321, 0, 330]);
  expect([224, 228].map((at) => page.readUInt32LE(at))).toEqual([7, 8]);
});
