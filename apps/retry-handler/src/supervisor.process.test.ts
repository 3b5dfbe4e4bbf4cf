import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { retryHandlerStatePath } from '@rackwright/hardware-cxi';
import { HostFiles } from '@rackwright/host';
import { canMountFuse, FailingFiles, faults, type SimulatedHost } from '@rackwright/simulator';
import { RunningApp } from './testing/app.ts';
import { eventually, reaches, simulate, stateOf, supervise } from './testing/fixture.ts';
import { parseLines } from './testing/lines.ts';

const pctEq = (host: SimulatedHost, nic = 'cxi0'): number =>
  Number(host.hardware.cxi.read(nic, 'properties/pct_eq'));

function commandLine(pid: number | undefined): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
}

describe('a node with NICs', () => {
  test('has one handler per physical NIC, called as cxi_rh wants it, and none after a stop', async () => {
    await using host = await simulate({ nics: [{ generation: 1, vfs: 2 }, { generation: 2 }] });
    const supervised = supervise(host, { conf: '/etc/cxi_rh.conf' });
    const [first, second] = await Promise.all([
      supervised.reaches('cxi0', 'Running'),
      supervised.reaches('cxi1', 'Running'),
    ]);
    expect(commandLine(first.pid).slice(-3)).toEqual([
      '--device=cxi0',
      '--log-stdout',
      '--conf=/etc/cxi_rh.conf',
    ]);
    expect(first).toMatchObject({ restarts: 0, rebootRequired: false, configFile: '/etc/cxi_rh.conf' });
    expect(host.hardware.cxi.retryHandlerPid('cxi1')).toBe(second.pid);
    expect(['cxi2', 'cxi3'].map((vf) => host.hardware.cxi.retryHandlerPid(vf))).toEqual([
      undefined,
      undefined,
    ]);
    await eventually('its output is in the log', () =>
      supervised.log.some((line) => line.includes('retry handler running {"device":"cxi0"}')),
    );
    await supervised[Symbol.asyncDispose]();
    expect([pctEq(host, 'cxi0'), pctEq(host, 'cxi1')]).toEqual([0, 0]);
    expect(existsSync(`/proc/${first.pid}`)).toBe(false);
    expect(readdirSync(host.root.path('/run/cxi/cxi0'))).toEqual([]);
    expect(stateOf(host, 'cxi0')).toMatchObject({ state: 'Stopped', lastExit: { code: 0, signal: null } });
    expect(supervised.exits.every((exit) => exit.expected)).toBe(true);
  });

  test('gets a handler for a NIC that is plugged in and loses that of one pulled out', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    await using supervised = supervise(host);
    await supervised.reaches('cxi0', 'Running');
    expect(await host.hardware.cxi.plug({ generation: 2 })).toBe('cxi1');
    await supervised.reaches('cxi1', 'Running');
    await host.hardware.cxi.unplug('cxi0');
    await eventually('cxi0 is forgotten', () => stateOf(host, 'cxi0') === undefined);
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBeUndefined();
    await eventually('its folder is gone', () => !existsSync(host.root.path('/run/cxi/cxi0')));
    expect(stateOf(host, 'cxi1')).toMatchObject({ state: 'Running', restarts: 0 });
  });

  test('waits for the device node while cxi_user is not loaded', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    const fault = faults.moduleGone(host, { module: 'cxi_user' });
    await fault.apply();
    await using supervised = supervise(host);
    await supervised.reaches('cxi0', 'Backoff');
    expect(supervised.supervisor.records.value[0]?.lastError).toContain('/dev/cxi0 is missing');
    await fault.revert?.();
    await supervised.reaches('cxi0', 'Running');
  });
});

describe('a handler that dies', () => {
  test('is not replaced by default: the NIC needs a reboot, the others go on', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }, { generation: 1 }] });
    await using supervised = supervise(host);
    const before = await supervised.reaches('cxi1', 'Running');
    await supervised.reaches('cxi0', 'Running');
    await host.hardware.cxi.killRetryHandler('cxi0');
    const failed = await supervised.reaches('cxi0', 'Failed');
    expect(failed).toMatchObject({
      rebootRequired: true,
      restarts: 0,
      lastExit: { code: null, signal: 'SIGKILL' },
    });
    expect(failed.pid).toBeUndefined();
    expect(pctEq(host)).toBe(0);
    expect(stateOf(host, 'cxi1')).toEqual(before);
  });

  test('is replaced after a second if the policy says so', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    await using supervised = supervise(host, { onCrash: 'restart' });
    const first = await supervised.reaches('cxi0', 'Running');
    await host.hardware.cxi.killRetryHandler('cxi0');
    await supervised.reaches('cxi0', 'Backoff');
    const second = await supervised.reaches('cxi0', 'Running');
    expect(second).toMatchObject({ restarts: 1, rebootRequired: false });
    expect(second.pid).not.toBe(first.pid);
  });

  test('again and again is given up on', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    await host.hardware.cxi.setRetryHandlerBehaviour('cxi0', { crashAfterMs: 300 });
    await using supervised = supervise(host, { onCrash: 'restart', maxRestarts: 1 });
    expect(await supervised.reaches('cxi0', 'Failed')).toMatchObject({ restarts: 1, rebootRequired: true });
    expect(supervised.exits.map(({ exit }) => exit.code)).toEqual([1, 1]);
  });

  test('while no supervisor watched is noticed by the next one', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    const dead = {
      device: 'cxi0',
      state: 'Running',
      pid: 2 ** 22,
      startTicks: 1,
      restarts: 0,
      since: '2026-01-01T00:00:00Z',
      rebootRequired: false,
    };
    const state = {
      version: 1,
      updatedAt: '2026-01-01T00:00:00Z',
      onCrash: 'markUnhealthy',
      handlers: [dead],
    };
    writeFileSync(host.root.path('/run/rackwright/retry-handler.json'), JSON.stringify(state));
    await using supervised = supervise(host);
    expect(await supervised.reaches('cxi0', 'Failed')).toMatchObject({ rebootRequired: true });
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBeUndefined();
  });
});

describe('a handler that does not come up', () => {
  test('because the program is missing is started once it is there', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    const program = host.root.path('/usr/bin/cxi_rh');
    renameSync(program, `${program}.away`);
    await using supervised = supervise(host);
    expect(await supervised.reaches('cxi0', 'Backoff')).toMatchObject({ rebootRequired: false });
    expect(supervised.supervisor.records.value[0]?.lastError).toBe(
      '--cxi-rh-path: /usr/bin/cxi_rh is missing on this host (install libcxi-retry-handler or name its place)',
    );
    renameSync(`${program}.away`, program);
    expect(await supervised.reaches('cxi0', 'Running')).toMatchObject({ restarts: 0 });
  });

  test('because its configuration is garbage is started once that is mended', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    const conf = host.root.path('/etc/mine.conf');
    writeFileSync(conf, 'max_spt_retries = 99;\n');
    await using supervised = supervise(host, { conf: '/etc/mine.conf' });
    expect(await supervised.reaches('cxi0', 'Backoff')).toMatchObject({
      rebootRequired: false,
      lastExit: { code: 1 },
    });
    expect(supervised.supervisor.records.value[0]?.lastError).toMatch(
      /^ended with 1: .*max_spt_retries 99 is out of range$/,
    );
    writeFileSync(conf, 'max_spt_retries = 3;\n');
    await supervised.reaches('cxi0', 'Running');
  });

  test('because it is no program says so', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    writeFileSync(host.root.path('/usr/bin/cxi_rh'), 'not a program');
    await using supervised = supervise(host);
    await supervised.reaches('cxi0', 'Backoff');
    expect(supervised.supervisor.records.value[0]?.lastError).toMatch(/cannot start .*ENOEXEC|ended with/);
  });
});

describe('somebody else’s handler', () => {
  test('is left alone, and its NIC taken over when it goes away', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    const foreign = spawn(host.root.path('/usr/bin/cxi_rh'), ['-d', 'cxi0'], { stdio: 'ignore' });
    await eventually('the foreign handler runs', () => pctEq(host) > 0);
    await using supervised = supervise(host);
    const entry = await supervised.reaches('cxi0', 'External');
    expect(entry.pid).toBeUndefined();
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBe(foreign.pid);
    foreign.kill('SIGTERM');
    const own = await supervised.reaches('cxi0', 'Running');
    expect(own).toMatchObject({ restarts: 0, pid: host.hardware.cxi.retryHandlerPid('cxi0') });
  });

  test('is not stopped with the supervisor', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    const foreign = spawn(host.root.path('/usr/bin/cxi_rh'), ['-d', 'cxi0'], { stdio: 'ignore' });
    await eventually('the foreign handler runs', () => pctEq(host) > 0);
    const supervised = supervise(host);
    await supervised.reaches('cxi0', 'External');
    await supervised[Symbol.asyncDispose]();
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBe(foreign.pid);
    expect(pctEq(host)).toBeGreaterThan(0);
  });
});

describe('stopping', () => {
  test('kills a handler that takes no notice of SIGTERM', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    await host.hardware.cxi.setRetryHandlerBehaviour('cxi0', { ignoreTerm: true });
    const supervised = supervise(host, { stopGraceMs: 100 });
    await supervised.reaches('cxi0', 'Running');
    await supervised[Symbol.asyncDispose]();
    expect(stateOf(host, 'cxi0')).toMatchObject({ state: 'Stopped', lastExit: { signal: 'SIGKILL' } });
    expect(pctEq(host)).toBe(0);
    expect(parseLines(supervised.log, 'retry handler had to be killed')).toEqual([
      { device: 'cxi0', alive: false },
    ]);
  });

  test('ends at once when there is nothing to supervise', async () => {
    await using host = await simulate({ nics: [] });
    const supervised = supervise(host);
    await eventually('it has looked', () => existsSync(host.root.path('/run/rackwright/retry-handler.json')));
    await supervised[Symbol.asyncDispose]();
    expect(supervised.supervisor.records.value).toEqual([]);
  });
});

describe('the host around it', () => {
  const ifPossible = canMountFuse() ? test : test.skip;

  ifPossible(
    'a mount a dead handler left is removed before a new one starts (needs root and /dev/fuse)',
    async () => {
      await using host = await simulate({ nics: [{ generation: 1 }] });
      const fault = faults.staleStatsMount(host, { nic: 'cxi0' });
      await fault.apply();
      await using supervised = supervise(host);
      await supervised.reaches('cxi0', 'Running');
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(host.folder);
      expect(readdirSync(host.root.path('/run/cxi/cxi0'))).toContain('spt_timeouts');
    },
  );

  test('a state that cannot be written does not keep handlers from running', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    rmSync(host.root.path('/run/rackwright'), { recursive: true });
    writeFileSync(host.root.path('/run/rackwright'), 'in the way');
    await using supervised = supervise(host);
    await eventually('it runs', () => host.hardware.cxi.retryHandlerPid('cxi0'));
    expect(supervised.state.problem).toMatch(/EEXIST|ENOTDIR/);
  });

  test('a state that makes no sense is as good as none', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    writeFileSync(host.root.path('/run/rackwright/retry-handler.json'), '{"version":1,"handlers":"x"}');
    await using supervised = supervise(host);
    await supervised.reaches('cxi0', 'Running');
    expect(supervised.log.filter((line) => line.includes('makes no sense'))).toHaveLength(1);
  });
});

describe('what an earlier supervisor left cannot be read', () => {
  test('nothing is done until it can be; then its handlers are kept', async () => {
    await using host = await simulate({ nics: [{ generation: 1 }] });
    await using app = new RunningApp(host, []);
    const before = await reaches(host, 'cxi0', 'Running');
    app.child.kill('SIGKILL');
    await app.exit;
    let broken = true;
    const files = new FailingFiles(new HostFiles(host.root), (path) =>
      broken && path === retryHandlerStatePath ? 'EIO' : undefined,
    );
    await using supervised = supervise(host, { files });
    await eventually('it says why it waits', () =>
      supervised.supervisor.problem?.endsWith('cannot be read: EIO'),
    );
    expect([supervised.supervisor.records.value, stateOf(host, 'cxi0')?.state]).toEqual([[], 'Running']);
    broken = false;
    await eventually('it is taken over', () =>
      supervised.log.some((line) => line.includes('taken over {"device":"cxi0"')),
    );
    expect(await supervised.reaches('cxi0', 'Running')).toMatchObject({
      pid: before.pid,
      rebootRequired: false,
    });
    expect(supervised.supervisor.problem).toBeUndefined();
  });
});
