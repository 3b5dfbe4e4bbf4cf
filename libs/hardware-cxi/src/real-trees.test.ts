import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { folder, put, type TreeNode, writeTree } from '../../host/src/testing/tree.ts';
import { hostTree } from './testing/random-tree.ts';

const actual = await import('node:fs');
const touched = new Set<string>();

/** Notes where the kernel really goes for `path`: links on the way count, the last one if it is followed. */
function note(named: unknown, follows: boolean): void {
  if (typeof named !== 'string') return;
  const path = named.replace(/\/+$/, '');
  const folder = path.slice(0, path.lastIndexOf(sep));
  try {
    touched.add(join(actual.realpathSync(folder), path.slice(folder.length + 1)));
    if (follows) touched.add(actual.realpathSync(path));
  } catch {
    // It is missing or goes round: nothing is read there.
  }
}

const reading = ['openSync', 'opendirSync', 'readlinkSync', 'lstatSync', 'readdirSync', 'statSync'] as const;

function noting(name: (typeof reading)[number]): (...args: unknown[]) => unknown {
  return (...args) => {
    const nofollow = typeof args[1] === 'number' && (args[1] & actual.constants.O_NOFOLLOW) !== 0;
    note(args[0], !nofollow && name !== 'readlinkSync' && name !== 'lstatSync');
    return Reflect.apply(actual[name], actual, args);
  };
}

jest.unstable_mockModule('node:fs', () => ({
  ...actual,
  ...Object.fromEntries(reading.map((name) => [name, noting(name)])),
}));
const { HostFiles, HostRoot } = await import('@rackwright/host');
const { MemoryFiles } = await import('../../host/src/testing/memory-files.ts');
const { scanCxi } = await import('./scan.ts');
const { cxiDevices } = await import('./devices.ts');

const numRuns = process.env.RACKWRIGHT_LONG_TESTS === '1' ? 3_000 : 100;
let temporary: string;

beforeAll(() => {
  temporary = realpathSync(mkdtempSync(join(tmpdir(), 'cxi-trees-')));
  mkdirSync(join(temporary, 'outside'));
  writeFileSync(join(temporary, 'outside/secret'), 'sentinel');
});

afterAll(() => rmSync(temporary, { recursive: true, force: true }));

/**
 * Milliseconds a look takes: processor time, because other processes may have
 * had the processor meanwhile; a look that waits shows in the wall time.
 */
function timeOf(look: () => unknown): number {
  const start = performance.now();
  const before = process.threadCpuUsage();
  look();
  const { user, system } = process.threadCpuUsage(before);
  expect(performance.now() - start).toBeLessThan(2000);
  return (user + system) / 1000;
}

test('a host made to be slow is given up within the time for one scan, and says so', () => {
  const tree = folder();
  const maze: TreeNode = { kind: 'link', target: `/${'deep/../'.repeat(120)}deep` };
  put(tree, '/deep/vendor', { kind: 'file', text: 'x'.repeat(100_000) });
  for (let i = 0; i < 300; i++) put(tree, `/sys/class/cxi/cxi${i}`, folder([['device', maze]]));
  const root = join(temporary, 'slow');
  mkdirSync(root);
  writeTree(root, tree);
  const files = new HostFiles(new HostRoot(root));
  // The time is asked for at every eighth read, and each read here is as slow as can be. All of them take seconds.
  expect(timeOf(() => scanCxi(files))).toBeLessThan(500);
  const devices = cxiDevices(scanCxi(files, { budgetMs: 0 }));
  expect(devices.length).toBe(256);
  expect(devices[0]).toMatchObject({
    linkState: 'unknown',
    problems: ['not read in full: the time for one scan was used up'],
  });
});

test(`${numRuns} hostile trees on disk are read like those in memory, in time and never beside the root`, () => {
  let run = 0;
  fc.assert(
    fc.property(hostTree, (tree) => {
      const root = join(temporary, `root${run++}`);
      mkdirSync(root);
      writeTree(root, tree);
      touched.clear();
      const files = new HostFiles(new HostRoot(root));
      // Both are read to the end, however slow the machine is just now: what time cuts off is another test's.
      const unhurried = { budgetMs: Number.POSITIVE_INFINITY, wallMs: Number.POSITIVE_INFINITY };
      const devices = cxiDevices(scanCxi(files, unhurried));
      const tookMs = timeOf(() => scanCxi(files));
      const beside = [...touched].filter((path) => path !== root && !path.startsWith(root + sep));
      rmSync(root, { recursive: true, force: true });
      expect(beside).toEqual([]);
      expect(JSON.stringify(devices)).not.toContain('sentinel');
      expect(tookMs).toBeLessThan(500);
      expect(devices).toEqual(cxiDevices(scanCxi(new MemoryFiles(tree), unhurried)));
    }),
    { numRuns },
  );
  expect(touched.size).toBeGreaterThan(0);
}, 600_000);
