import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { ManualClock } from '@rackwright/core';
import { HostFiles } from '@rackwright/host';
import { faults } from '../faults/index.ts';
import { waitFor } from '../kubelet/testing/wait-for.ts';
import { SimulatedHost } from '../simulated-host.ts';
import { hostListing } from '../testing/listing.ts';
import { RESET_MS } from './transitions.ts';

const ended: (() => void)[] = [];

const until = (is: () => boolean): Promise<void> => waitFor(() => expect(is()).toBe(true));

afterEach(() => {
  for (const end of ended.splice(0)) end();
});

async function twoDrives() {
  const folder = mkdtempSync(join(tmpdir(), 'rw-nvme-triggers-'));
  const clock = new ManualClock();
  const nvme = [{ serial: 'FIRST' }, { serial: 'SECOND' }];
  const host = await SimulatedHost.create(folder, { nvme }, clock);
  const errors: unknown[] = [];
  const watch = host.watchTriggers((error) => errors.push(error));
  const stop = (): void => watch[Symbol.dispose]();
  ended.push(() => {
    stop();
    rmSync(folder, { recursive: true, force: true });
    expect(errors).toEqual([]);
  });
  const files = new HostFiles(host.root);
  return {
    host,
    clock,
    files,
    stop,
    write: (path: string, text = '1\n') => writeFileSync(host.root.path(path), text),
    text: (path: string) => readFileSync(host.root.path(path), 'utf8'),
    state: (drive: string) => files.readTrimmed(`/sys/class/nvme/${drive}/state`),
    serial: (drive: string) => files.readTrimmed(`/sys/class/nvme/${drive}/serial`),
  };
}

const drive = 'nvme1';
const resetFile = '/sys/class/nvme/nvme1/reset_controller';
const rescanFile = '/sys/class/nvme/nvme1/rescan_controller';
const device = '/sys/bus/pci/devices/0000:31:00.0';
const busRescan = '/sys/bus/pci/rescan';

test.each([
  ['its controller', resetFile, 'any text'],
  ['its PCI function', `${device}/reset`, '1'],
])('a reset by %s takes its time, frees a stuck drive, and can be done again', async (_, path, text) => {
  const { host, clock, write, state, text: read } = await twoDrives();
  await faults.nvmeStuck(host, { drive }).apply();
  for (let i = 0; i < 2; i++) {
    write(path, text);
    await until(() => state(drive) === 'resetting');
    expect(read(path)).toBe('');
    clock.advance(RESET_MS);
    await until(() => state(drive) === 'live');
    expect(host.hardware.nvme.controller(drive).admin.delayMs).toBe(0);
  }
  expect(state('nvme0')).toBe('live');
});

test.each([
  ['does not help', 'useless', 'live', true],
  ['hangs', 'hangs', 'resetting', true],
  ['kills the drive', 'kills', 'dead', true],
] as const)('a reset that %s', async (_, reset, after, stuck) => {
  const { host, clock, write, state } = await twoDrives();
  const before = hostListing(host.root);
  const fault = faults.nvmeStuck(host, { drive, reset });
  await fault.apply();
  write(resetFile);
  await until(() => state(drive) === 'resetting');
  clock.advance(RESET_MS);
  await until(() => state(drive) === after);
  expect(host.hardware.nvme.controller(drive).admin.delayMs > 0).toBe(stuck);
  await fault.revert?.();
  expect(hostListing(host.root)).toEqual(before);
});

test('a reset of a dead drive changes nothing', async () => {
  const { host, write, state, text } = await twoDrives();
  await faults.nvmeDead(host, { drive }).apply();
  write(resetFile);
  write(`${device}/reset`);
  await until(() => text(resetFile) === '' && text(`${device}/reset`) === '');
  expect(state(drive)).toBe('dead');
});

test('a scan finds a namespace that was lost, or does not', async () => {
  const { host, files, write, text } = await twoDrives();
  await faults.nvmeNamespaceLost(host, { drive }).apply();
  expect(files.exists('/sys/block/nvme1n1')).toBe(false);
  expect(existsSync(host.root.path('/dev/nvme1n1'))).toBe(false);
  write(rescanFile);
  await until(() => files.exists('/sys/block/nvme1n1'));
  await faults.nvmeNamespaceLost(host, { drive, scan: 'useless' }).apply();
  write(rescanFile);
  await until(() => text(rescanFile) === '');
  expect(files.exists('/sys/block/nvme1n1')).toBe(false);
});

test('a dead drive that is removed from the bus and found again works, with its data and the lowest free number', async () => {
  const { host, files, write, state, serial, text } = await twoDrives();
  writeFileSync(host.root.path('/dev/nvme0n1'), 'of the first', { flag: 'r+' });
  await faults.nvmeDead(host, { drive }).apply();
  for (const one of ['0000:31:00.0', '0000:11:00.0']) {
    write(`/sys/bus/pci/devices/${one}/remove`);
    await until(() => !files.exists(`/sys/bus/pci/devices/${one}`));
  }
  expect(files.list('/sys/class/nvme')).toEqual([]);
  write(busRescan, '0');
  write('/sys/bus/pci/drivers/nvme/bind', '0000:31:00.0');
  await until(() => text(busRescan) === '');
  expect(files.list('/sys/class/nvme')).toEqual([]);
  write(busRescan);
  await until(() => state(drive) === 'live');
  expect([serial('nvme0'), serial('nvme1')]).toEqual(['FIRST', 'SECOND']);
  expect(new HostFiles(host.root, { maxBytes: 12 }).readText('/dev/nvme0n1')).toBe('of the first');
});

test.each([
  ['gives up', 'useless', true],
  ['does not find it', 'missing', false],
] as const)('a bus rescan whose driver %s, also after a reboot', async (_, probe, onBus) => {
  const { host, files, write, text } = await twoDrives();
  const fault = faults.nvmeDead(host, { drive, probe });
  await fault.apply();
  write(`${device}/remove`);
  await until(() => !files.exists(device));
  write(busRescan);
  await until(() => text(busRescan) === '');
  const drives = (): string[] => [...(files.list('/sys/class/nvme') ?? [])].sort();
  const seen = (): unknown[] => [files.exists(device), files.exists(`${device}/driver`), drives()];
  expect(seen()).toEqual([onBus, false, ['nvme0']]);
  await host.reboot();
  expect(seen()).toEqual([onBus, false, ['nvme0']]);
  await fault.revert?.();
  await host.reboot();
  expect(seen()).toEqual([true, true, ['nvme0', 'nvme1']]);
});

test('a rescan finds another drive in the slot, empty and under the same name', async () => {
  const { host, files, write, serial } = await twoDrives();
  writeFileSync(host.root.path('/dev/nvme1n1'), 'of the second', { flag: 'r+' });
  await faults.nvmeReplaced(host, { drive, by: { serial: 'THIRD' } }).apply();
  expect(serial(drive)).toBe('SECOND');
  write(`${device}/remove`);
  await until(() => !files.exists(device));
  write(busRescan);
  await until(() => files.exists(device));
  expect(serial(drive)).toBe('THIRD');
  expect(files.resolve('/sys/class/nvme/nvme1/device')).toBe(files.resolve(device));
  expect(new HostFiles(host.root, { maxBytes: 4 }).readText('/dev/nvme1n1')).toBe('\0\0\0\0');
});

test('a driver is taken from a device and given back, and what is no device is ignored', async () => {
  const { host, files, write, serial, text } = await twoDrives();
  const before = hostListing(host.root);
  write('/sys/bus/pci/drivers/nvme/unbind', '0000:11:00.0\n');
  await until(() => files.list('/sys/class/nvme')?.length === 1);
  expect(files.exists('/sys/bus/pci/devices/0000:11:00.0')).toBe(true);
  expect(files.readText('/sys/bus/pci/devices/0000:11:00.0/uevent')).not.toContain('DRIVER=');
  for (const address of ['nonsense', '0000:99:00.0', '0000:11:00.0']) {
    write('/sys/bus/pci/drivers/nvme/bind', address);
    await until(() => text('/sys/bus/pci/drivers/nvme/bind') === '');
  }
  expect(serial('nvme0')).toBe('FIRST');
  expect(hostListing(host.root)).toEqual(before);
});

test('triggers work after a reboot and after the driver was loaded again', async () => {
  const { host, clock, write, state } = await twoDrives();
  const works = async (): Promise<void> => {
    write(resetFile);
    await until(() => state(drive) === 'resetting');
    clock.advance(RESET_MS);
    await until(() => state(drive) === 'live');
  };
  await host.reboot();
  await works();
  await host.setModules(['nvme_core']);
  await host.setModules(['nvme_core', 'nvme']);
  await works();
});

test('what is written while nobody watches is done once somebody does', async () => {
  const { host, clock, write, state, text, stop } = await twoDrives();
  stop();
  write(resetFile);
  await new Promise((resolve) => setImmediate(resolve));
  expect([state(drive), text(resetFile)]).toEqual(['live', '1\n']);
  using _watch = host.watchTriggers(() => {});
  await until(() => state(drive) === 'resetting');
  clock.advance(RESET_MS);
  await until(() => state(drive) === 'live');
});
