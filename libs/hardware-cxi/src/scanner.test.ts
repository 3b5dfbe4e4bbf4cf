import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type Clock, ManualClock, systemClock, withDeadline } from '@rackwright/core';
import { HostFiles, HostRoot } from '@rackwright/host';
import { folder, putText, writeTree } from '../../host/src/testing/tree.ts';
import { CxiScanner } from './scanner.ts';
import { cassini1, cassini2, pciFolder, putNic } from './testing/nic.ts';

let root: string;
let clock: ManualClock;
let stop: AbortController;
let running: Promise<void>;

class CountingFiles extends HostFiles {
  reads = 0;

  override readText(path: string): string | undefined {
    this.reads++;
    return super.readText(path);
  }
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cxi-scanner-'));
  clock = new ManualClock();
  stop = new AbortController();
  running = Promise.resolve();
  const host = folder();
  putNic(host, 'cxi0', '0000:21:00.0', cassini1);
  putNic(host, 'cxi1', '0000:22:00.0', cassini2);
  putText(host, '/dev/cxi0', '');
  putText(host, '/dev/cxi1', '');
  writeTree(root, host);
});

afterEach(async () => {
  stop.abort();
  await running;
  rmSync(root, { recursive: true, force: true });
});

function start(options: { clock?: Clock; probeIntervalMs?: number } = {}): {
  scanner: CxiScanner;
  files: CountingFiles;
} {
  const files = new CountingFiles(new HostRoot(root));
  const scanner = new CxiScanner({ files, clock, ...options });
  running = scanner.start(stop.signal);
  return { scanner, files };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const names = (scanner: CxiScanner): string[] => scanner.devices.value.map(({ name }) => name);

test('the devices are known after the first look', () => {
  const { scanner } = start();
  expect([scanner.scanned.value, names(scanner)]).toEqual([true, ['cxi0', 'cxi1']]);
});

test.each([
  ['written in place', (path: string) => write(path, '0\n')],
  [
    'replaced',
    (path: string) => {
      write(`${path}.new`, '0\n');
      renameSync(join(root, `${path}.new`), join(root, path));
    },
  ],
])('a link that goes down is seen by the next probe, its file %s', async (_, change) => {
  const { scanner } = start();
  await clock.advance(100);
  change(`${pciFolder('0000:21:00.0')}/properties/link`);
  await clock.advance(100);
  expect(scanner.devices.value.map(({ linkState }) => linkState)).toEqual(['down', 'up']);
});

test('a retry handler that registers is seen by the next probe', async () => {
  const { scanner } = start();
  write(`${pciFolder('0000:22:00.0')}/properties/pct_eq`, '9\n');
  await clock.advance(100);
  expect(scanner.devices.value[1]?.retryHandlerEq).toBe(9);
});

test('a NIC that is pulled and one that is put in are seen by the next probe', async () => {
  const { scanner } = start();
  rmSync(join(root, '/sys/class/cxi/cxi0'));
  rmSync(join(root, pciFolder('0000:21:00.0')), { recursive: true });
  await clock.advance(100);
  expect(names(scanner)).toEqual(['cxi1']);
  const host = folder();
  putNic(host, 'cxi0', '0000:31:00.0', cassini1);
  mkdirSync(join(root, 'again'));
  writeTree(join(root, 'again'), host);
  renameSync(join(root, 'again', pciFolder('0000:31:00.0')), join(root, pciFolder('0000:31:00.0')));
  renameSync(join(root, 'again/sys/class/cxi/cxi0'), join(root, 'sys/class/cxi/cxi0'));
  await clock.advance(100);
  expect(scanner.devices.value[0]).toMatchObject({ name: 'cxi0', pciAddress: '0000:31:00.0' });
});

test('what the probe does not watch is read every half minute', async () => {
  const { scanner } = start();
  write(`${pciFolder('0000:21:00.0')}/properties/pcie_corr_err`, '8\n');
  await clock.advance(29_900);
  expect(scanner.devices.value[0]?.pcieCorrectableErrors).toBe(7);
  await clock.advance(100);
  expect(scanner.devices.value[0]?.pcieCorrectableErrors).toBe(8);
});

test('on a quiet host nothing is scanned between and nobody is told', async () => {
  write('sys/class/cxi/cxi7', 'a file, no device');
  const { scanner, files } = start();
  const { reads } = files;
  const { version } = scanner.devices;
  await clock.advance(29_000);
  expect([files.reads, scanner.devices.version]).toEqual([reads, version]);
});

test('a host that gets its first NIC later is noticed', async () => {
  rmSync(join(root, 'sys'), { recursive: true });
  const { scanner } = start();
  expect([scanner.scanned.value, names(scanner)]).toEqual([true, []]);
  const host = folder();
  putNic(host, 'cxi0', '0000:21:00.0', cassini1);
  writeTree(root, host);
  await clock.advance(100);
  expect(names(scanner)).toEqual(['cxi0']);
});

test('a device node that vanishes is told by the kernel, long before the next probe', async () => {
  const { scanner } = start({ clock: systemClock, probeIntervalMs: 3_600_000 });
  rmSync(join(root, 'dev/cxi1'));
  const gone = scanner.devices.until((devices) => devices[1]?.devNode.present === false);
  await withDeadline(systemClock, 10_000, 'the hint', () => gone);
  expect(scanner.devices.value[0]?.devNode.present).toBe(true);
});

test('a stopped scanner waits for nothing and holds no file open', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  start();
  await clock.advance(100);
  expect(open()).toBeGreaterThan(before);
  stop.abort();
  await running;
  expect([clock.waiting, open()]).toEqual([0, before]);
});

test('looking at once does not need the loop', () => {
  const scanner = new CxiScanner({ files: new HostFiles(new HostRoot(root)), clock });
  expect(scanner.rescan()).toBe(scanner.devices.value);
  expect(names(scanner)).toEqual(['cxi0', 'cxi1']);
});
