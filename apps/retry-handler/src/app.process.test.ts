import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { canMountFuse, faults, type SimulatedHost } from '@rackwright/simulator';
import { disliked, promtoolExpected } from '@rackwright/testbed/without-nodes';
import { RunningApp } from './testing/app.ts';
import { eventually, reaches, simulate, stateOf, supervise } from './testing/fixture.ts';

interface StatusBody {
  readonly handlers: readonly Record<string, unknown>[];
  readonly healthy: boolean;
}

async function statusOf(app: RunningApp): Promise<StatusBody> {
  return JSON.parse((await app.get('/status')).body) as StatusBody;
}

const twoNics = (): Promise<SimulatedHost & AsyncDisposable> =>
  simulate({ nics: [{ generation: 1, vfs: 1 }, { generation: 2 }] });

describe('the retry-handler app', () => {
  test('serves the NICs, tells about them, and leaves nothing when it is stopped', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, [
      '--cxi-rh-path=/host/usr/bin/cxi_rh',
      '--stop-grace=5s',
      '--discover=auto',
    ]);
    await Promise.all([reaches(host, 'cxi0', 'Running'), reaches(host, 'cxi1', 'Running')]);
    expect(await app.get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await app.get('/readyz')).toEqual({ status: 200, body: 'ready\n' });
    const { handlers, healthy } = await statusOf(app);
    expect(healthy).toBe(true);
    expect(
      handlers.map(({ device, running, pid, restarts, state }) => ({
        device,
        running,
        pid,
        restarts,
        state,
      })),
    ).toEqual(
      ['cxi0', 'cxi1'].map((device) => ({
        device,
        running: true,
        pid: host.hardware.cxi.retryHandlerPid(device),
        restarts: 0,
        state: 'Running',
      })),
    );
    expect(handlers[0]?.stats).toMatchObject({ nid_value: 16, parked_nids: 0 });
    const { body } = await app.get('/metrics');
    expect(body).toContain('cxi_retry_handler_supervised{device="cxi0",state="Running"} 1');
    expect(body).toContain('cxi_retry_handler_supervisor_restarts_total{device="cxi1"} 0');
    expect(app.output).toContain('--discover has no effect');
    app.child.kill('SIGTERM');
    expect(await app.exit).toBe(0);
    expect([host.hardware.cxi.retryHandlerPid('cxi0'), host.hardware.cxi.retryHandlerPid('cxi1')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(['cxi0', 'cxi1'].map((nic) => host.hardware.cxi.read(nic, 'properties/pct_eq'))).toEqual([
      '0',
      '0',
    ]);
  });

  const ifPromtool = promtoolExpected() ? test : test.skip;

  ifPromtool('has no name in /metrics that promtool dislikes (needs promtool)', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, []);
    await reaches(host, 'cxi0', 'Running');
    expect(disliked((await app.get('/metrics')).body)).toEqual([]);
  });

  test('stays alive but is not ready when a handler died', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, []);
    await Promise.all([reaches(host, 'cxi0', 'Running'), reaches(host, 'cxi1', 'Running')]);
    await host.hardware.cxi.killRetryHandler('cxi1');
    await reaches(host, 'cxi1', 'Failed');
    expect((await app.get('/healthz')).status).toBe(200);
    const ready = await app.get('/readyz');
    expect(ready).toEqual({
      status: 503,
      body: expect.stringContaining('cxi1 Failed (the retry handler died'),
    });
    const { handlers, healthy } = await statusOf(app);
    expect(healthy).toBe(false);
    expect(handlers[1]).toMatchObject({ running: false, pid: 0, rebootRequired: true, state: 'Failed' });
    expect((await app.get('/metrics')).body).toContain(
      'cxi_retry_handler_exits_total{device="cxi1",cause="signal"} 1',
    );
  });

  test('is killed: the next one proves that the handlers are its own and keeps them', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, []);
    const before = await reaches(host, 'cxi0', 'Running');
    await reaches(host, 'cxi1', 'Running');
    app.child.kill('SIGKILL');
    await app.exit;
    await using supervised = supervise(host);
    await eventually('it is taken over', () =>
      supervised.log.some((line) => line.includes('taken over {"device":"cxi1"')),
    );
    expect(await supervised.reaches('cxi0', 'Running')).toMatchObject({ pid: before.pid, restarts: 0 });
    await host.hardware.cxi.killRetryHandler('cxi0');
    expect(await supervised.reaches('cxi0', 'Failed')).toMatchObject({
      lastExit: { code: null, signal: null },
    });
    await supervised[Symbol.asyncDispose]();
    expect(host.hardware.cxi.retryHandlerPid('cxi1')).toBeUndefined();
    expect(stateOf(host, 'cxi1')).toMatchObject({ state: 'Stopped' });
  });

  test('has 200 clients that keep their connections and idle: probes are answered, handlers run on', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, []);
    await Promise.all([reaches(host, 'cxi0', 'Running'), reaches(host, 'cxi1', 'Running')]);
    const pids = ['cxi0', 'cxi1'].map((nic) => host.hardware.cxi.retryHandlerPid(nic));
    const port = await app.port;
    const clients = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
    for (const client of clients) {
      client.on('error', () => undefined);
      client.resume();
      client.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    }
    const answers: number[] = [];
    for (let i = 0; i < 170; i++) {
      const probe = connect(port, '127.0.0.1').end('GET /healthz HTTP/1.0\r\n\r\n');
      answers.push(Number(/^HTTP\/1.1 (\d+)/.exec(await text(probe))?.[1]));
    }
    for (const client of clients) client.destroy();
    expect(answers).toEqual(Array.from({ length: 170 }, () => 200));
    expect(['cxi0', 'cxi1'].map((nic) => host.hardware.cxi.retryHandlerPid(nic))).toEqual(pids);
  });

  test('is out of file descriptors: the handlers run on, and it says what it cannot read', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, []);
    await Promise.all([reaches(host, 'cxi0', 'Running'), reaches(host, 'cxi1', 'Running')]);
    const pids = ['cxi0', 'cxi1'].map((nic) => host.hardware.cxi.retryHandlerPid(nic));
    const limit = (files: string): unknown =>
      execFileSync('prlimit', ['--pid', String(app.child.pid), `--nofile=${files}:`]);
    const socket = connect(await app.port, '127.0.0.1');
    await once(socket, 'connect');
    limit('3');
    await eventually('it says so', () => /cannot be read in full.*EMFILE/.test(app.output));
    socket.end('GET /readyz HTTP/1.0\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 503 [\s\S]*host: cannot be read: \/sys\/class\/cxi \(EMFILE\)/);
    limit('1024');
    await eventually('it recovers', () => app.output.includes('the host can be read again'));
    expect(app.output).not.toMatch(/retry handler ended|NIC is gone|device removed/);
    expect(['cxi0', 'cxi1'].map((nic) => host.hardware.cxi.retryHandlerPid(nic))).toEqual(pids);
    expect((await app.get('/readyz')).status).toBe(200);
    expect((await app.get('/metrics')).body).toContain('rackwright_host_unreadable_paths 0');
  });

  test('has no NICs to care for and is ready', async () => {
    await using host = await simulate({ nics: [], modules: [] });
    await using app = new RunningApp(host, []);
    await eventually('it runs', () => app.output.includes('http server listens'));
    await expect(app.get('/readyz')).resolves.toMatchObject({ status: 200 });
    expect(await statusOf(app)).toEqual({ handlers: [], healthy: true });
  });

  const ifPossible = canMountFuse() ? test : test.skip;
  ifPossible(
    'answers although the statistics of a NIC hang, and ends although they still do (needs root and /dev/fuse)',
    async () => {
      await using host = await twoNics();
      await host.hardware.cxi.write('cxi0', 'properties/pct_eq', '7\n');
      const fault = faults.statsHang(host, { nic: 'cxi0' });
      await fault.apply();
      await using app = new RunningApp(host, []);
      await Promise.all([reaches(host, 'cxi0', 'External'), reaches(host, 'cxi1', 'Running')]);
      const { handlers } = await statusOf(app);
      expect(handlers[0]).toMatchObject({ device: 'cxi0', state: 'External', running: true, pid: 0 });
      expect(handlers[0]?.stats).toBeUndefined();
      expect(handlers[1]?.stats).toMatchObject({ nid_value: 17 });
      expect((await app.get('/healthz')).status).toBe(200);
      app.child.kill('SIGTERM');
      expect(await app.exit).toBe('SIGKILL');
      expect(host.hardware.cxi.read('cxi1', 'properties/pct_eq')).toBe('0');
      await fault.revert?.();
    },
  );
});

describe('--mode=single', () => {
  test('cares for the one NIC only', async () => {
    await using host = await twoNics();
    await using app = new RunningApp(host, ['--mode=single', '--device=cxi1']);
    await reaches(host, 'cxi1', 'Running');
    expect((await statusOf(app)).handlers).toHaveLength(1);
    expect(host.hardware.cxi.retryHandlerPid('cxi0')).toBeUndefined();
    app.child.kill('SIGTERM');
    expect(await app.exit).toBe(0);
  });

  test.each([
    ['a virtual function', ['--mode=single', '--device=cxi2'], 1, 'the handler of cxi0 serves it too'],
    ['a NIC that is not there', ['--mode=single', '--device=cxi9'], 1, 'there is no NIC cxi9'],
    ['a path', ['--mode=single', '--device=/dev/cxi0'], 2, 'must be a name like cxi0'],
    ['no NIC at all', ['--mode=single'], 2, '--mode=single needs --device'],
  ])('refuses %s', async (_, flags, code, message) => {
    await using host = await twoNics();
    await using app = new RunningApp(host, flags);
    expect(await app.exit).toBe(code);
    expect(app.output).toContain(message);
  });
});
