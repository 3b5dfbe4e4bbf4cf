import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, withDeadline } from '@rackwright/core';
import { SimulatedHost } from '../../simulated-host.ts';
import { isHeld } from './hold.ts';
import { handlerPaths } from './paths.ts';
import { statCounters, statGauges } from './stats.ts';

let host: SimulatedHost;
const children: Handler[] = [];

interface Handler {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<{ code: number | null; signal: string | null }>;
}

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rw-cxi-rh-'));
  host = await SimulatedHost.create(folder, { nics: [{ generation: 1, nid: 0x99, vfs: 1 }] });
  mkdirSync(host.root.path('/run/cxi/cxi0'));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.exit;
  }
  await until('the kernel has cleaned up', () => host.hardware.cxi.retryHandlerPid('cxi0') === undefined);
  rmSync(host.folder, { recursive: true, force: true });
});

function start(...argv: string[]): Handler {
  return launch([host.root.path('/usr/bin/cxi_rh'), ...argv]);
}

/** Starts one as a container does: in a pid namespace that ends with it, as all in it does. */
function startInContainer(...argv: string[]): Handler {
  const unshare = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
  return launch([...unshare, host.root.path('/usr/bin/cxi_rh'), ...argv]);
}

function launch([program = '', ...words]: string[]): Handler {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  const handler = { process: child, output: () => output, exit };
  children.push(handler);
  return handler;
}

async function running(startOne = start): Promise<Handler> {
  const handler = startOne('--device=cxi0', '--log-stdout');
  await until('it serves the NIC', () => handler.output().includes('running'));
  return handler;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  await withDeadline(systemClock, 10_000, what, async (signal) => {
    while (!condition()) await systemClock.sleep(5, signal);
  });
}

const pctEq = (): number => Number(host.hardware.cxi.read('cxi0', 'properties/pct_eq'));
const stats = (): string[] => readdirSync(host.root.path('/run/cxi/cxi0'));

describe('the cxi_rh double', () => {
  test('takes an event queue, shows its statistics and gives all back on SIGTERM', async () => {
    const handler = await running();
    expect(pctEq()).toBeGreaterThanOrEqual(1);
    expect(stats()).toEqual(
      expect.arrayContaining([...statCounters, ...statGauges, 'config', 'reset_counters']),
    );
    expect(readFileSync(host.root.path('/run/cxi/cxi0/nid_value'), 'utf8')).toBe('153\n');
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBe(handler.process.pid);
    handler.process.kill('SIGTERM');
    expect(await handler.exit).toEqual({ code: 0, signal: null });
    expect(pctEq()).toBe(0);
    expect(stats()).toEqual([]);
  });

  test('its counters grow', async () => {
    await running();
    const read = (): number => Number(readFileSync(host.root.path('/run/cxi/cxi0/spt_timeouts'), 'utf8'));
    await until('a timeout is counted', () => read() > 0);
  });

  test('is killed: the kernel frees the event queue', async () => {
    const handler = await running();
    await host.hardware.cxi.killRetryHandler('cxi0');
    expect(await handler.exit).toEqual({ code: null, signal: 'SIGKILL' });
    expect(pctEq()).toBe(0);
    expect(stats()).toEqual([]);
  });

  test('a second one on the same NIC finds that one exists', async () => {
    await running();
    const second = start('-d', 'cxi0');
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain('File exists');
    expect(pctEq()).toBeGreaterThanOrEqual(1);
  });

  test('two that start at once never both get the NIC', async () => {
    const both = [start('-ld', 'cxi0'), start('-ld', 'cxi0')];
    await until('one of them gave up', () => both.some((handler) => handler.process.exitCode !== null));
    await until('the other one runs', () => both.some((handler) => handler.output().includes('running')));
    expect(both.filter((handler) => handler.process.exitCode === null)).toHaveLength(1);
  });

  test.each([
    ['a virtual function', ['-d', 'cxi1'], 'virtual function'],
    ['a path', ['-d', '/dev/cxi0'], 'Invalid device name'],
    ['an absent NIC', ['-d', 'cxi7'], 'Failed to open cxi7'],
  ])('refuses %s', async (_, argv, message) => {
    const handler = start(...argv);
    expect(await handler.exit).toEqual({ code: 1, signal: null });
    expect(handler.output()).toContain(message);
  });

  test('refuses a malformed configuration and does without a missing one', async () => {
    const bad = start('-d', 'cxi0', '--conf=/etc/os-release');
    expect(await bad.exit).toEqual({ code: 1, signal: null });
    const none = start('-ld', 'cxi0', '--conf=/etc/none.conf');
    await until('it runs', () => none.output().includes('running'));
  });

  test('serves on without statistics when their folder is missing', async () => {
    rmSync(host.root.path('/run/cxi/cxi0'), { recursive: true });
    const handler = await running();
    expect(handler.output()).toContain('stats are not mounted');
    expect(pctEq()).toBeGreaterThanOrEqual(1);
  });

  test('writes its state to the log on SIGHUP', async () => {
    const handler = await running();
    handler.process.kill('SIGHUP');
    await until('the state is logged', () => handler.output().includes('max_parked_switches 0'));
  });

  test('ends when its NIC is pulled out', async () => {
    const handler = await running();
    await host.hardware.cxi.unplug('cxi0');
    expect(await handler.exit).toEqual({ code: 1, signal: null });
    await until('nothing serves it', () => host.hardware.cxi.retryHandlerPid('cxi0') === undefined);
  });

  test('misbehaves as told', async () => {
    await host.hardware.cxi.setRetryHandlerBehaviour('cxi0', { ignoreTerm: true });
    const stubborn = await running();
    stubborn.process.kill('SIGTERM');
    stubborn.process.kill('SIGHUP');
    await until('it still answers', () => stubborn.output().includes('nacks'));
    stubborn.process.kill('SIGKILL');
    await stubborn.exit;
    await until('the NIC is free', () => pctEq() === 0);
    await host.hardware.cxi.setRetryHandlerBehaviour('cxi0', { crashAfterMs: 1 });
    expect(await start('-d', 'cxi0').exit).toEqual({ code: 1, signal: null });
    await until('the NIC is free', () => host.hardware.cxi.retryHandlerPid('cxi0') === undefined);
    await host.hardware.cxi.setRetryHandlerBehaviour('cxi0', { refuse: 'no huge page' });
    const refused = start('-d', 'cxi0');
    expect(await refused.exit).toEqual({ code: 1, signal: null });
    expect(refused.output()).toContain('no huge page');
  });
});

const ifRoot = process.getuid?.() === 0 ? describe : describe.skip;

ifRoot('the cxi_rh double in a pid namespace of its own (needs root)', () => {
  test('is found by the pid it has outside', async () => {
    const container = await running(startInContainer);
    const pid = host.hardware.cxi.retryHandlerPid('cxi0') ?? 0;
    expect(pid).toBeGreaterThan(1);
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')).toContain('--device=cxi0');
    process.kill(pid, 'SIGTERM');
    await container.exit;
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBeUndefined();
    expect(pctEq()).toBe(0);
  });

  test('is killed from outside: the kernel frees the event queue', async () => {
    const container = await running(startInContainer);
    await host.hardware.cxi.killRetryHandler('cxi0');
    await container.exit;
    expect(pctEq()).toBe(0);
    expect(stats()).toEqual([]);
  });

  test('holds its NIC against one outside', async () => {
    await running(startInContainer);
    const second = start('-d', 'cxi0');
    expect(await second.exit).toEqual({ code: 1, signal: null });
    expect(second.output()).toContain('File exists');
  });

  test('is killed with all of its container: the next one takes its place', async () => {
    await killedContainer();
    const next = await running();
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBe(next.process.pid);
    expect(stats()).toContain('nacks');
    next.process.kill('SIGTERM');
    expect(await next.exit).toEqual({ code: 0, signal: null });
    expect(pctEq()).toBe(0);
  });

  test('is killed with all of its container: who asks for it finds the event queue free', async () => {
    await killedContainer();
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBeUndefined();
    expect(pctEq()).toBe(0);
    expect(stats()).toEqual([]);
  });

  async function killedContainer(): Promise<void> {
    const container = await running(startInContainer);
    container.process.kill('SIGKILL');
    await container.exit;
    const { hold } = handlerPaths(host.folder, 'cxi0');
    await until('the last of its processes is dead', () => !isHeld(hold));
  }
});
