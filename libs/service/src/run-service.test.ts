import { describe, expect, test } from '@jest/globals';
import { aborted, HwError, ManualClock } from '@rackwright/core';
import { defineOptions } from './option-spec.ts';
import { runService } from './run-service.ts';
import type { ServiceContext, ServiceSpec } from './service-lifetime.ts';
import type { ServiceProcess } from './service-process.ts';

const options = defineOptions({
  a: { flag: 'a', env: 'A', type: 'integer', default: 1, description: 'A.' },
});
type Start = ServiceSpec<typeof options>['start'];

/** A process that is only a record of what was written and who listens. */
class FakeProcess implements ServiceProcess {
  readonly clock = new ManualClock();
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly files: Record<string, string> = {};
  readonly written = { out: '', err: '' };
  readonly stdout = { write: (text: string) => (this.written.out += text) };
  readonly stderr = { write: (text: string) => (this.written.err += text) };
  earlySignal: string | undefined;
  readonly #listeners = new Map<string, (...args: unknown[]) => void>();

  constructor(argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    this.argv = argv;
    this.env = env;
  }

  readFile(path: string): string {
    const content = this.files[path];
    if (content === undefined) throw new Error('no such file');
    return content;
  }

  on(event: string, listener: (...args: unknown[]) => void): void {
    this.#listeners.set(event, listener);
  }

  off(event: string): void {
    this.#listeners.delete(event);
  }

  emit(event: string, ...args: unknown[]): void {
    this.#listeners.get(event)?.(...args);
  }

  takeEarlySignal(): string | undefined {
    return this.earlySignal;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  log(): Record<string, unknown>[] {
    return this.written.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }
}

function run(start: Start, self: FakeProcess): Promise<number> {
  return runService(
    { name: 'app', version: '1.0.0', description: 'Does it.', options, start, stopTimeoutMs: 5000 },
    self,
  );
}

const untilStopped: Start = ({ lifetime }) => aborted(lifetime.signal);

test('--version prints the version and does not start', async () => {
  const self = new FakeProcess(['--version']);
  expect(await run(() => Promise.reject(new Error('started')), self)).toBe(0);
  expect(self.written).toEqual({ out: 'app 1.0.0\n', err: '' });
});

test('--help wins over everything that is wrong beside it', async () => {
  const self = new FakeProcess(['--what', '--help']);
  expect(await run(untilStopped, self)).toBe(0);
  expect(self.written.out).toMatch(/^app: Does it\.\n[\s\S]*--a integer\n/);
});

test('an app that has done its work ends with 0 and leaves no listener behind', async () => {
  const self = new FakeProcess(['--a=7']);
  const seen: number[] = [];
  expect(await run(async ({ config }) => void seen.push(config.a), self)).toBe(0);
  expect([seen, self.listeners]).toEqual([[7], 0]);
});

test('the configuration is logged once it is valid', async () => {
  const self = new FakeProcess(['--log-level=debug'], { A: '3' });
  await run(async () => undefined, self);
  expect(self.log()[0]).toMatchObject({
    msg: 'starting',
    version: '1.0.0',
    config: { a: 3, logLevel: 'debug' },
  });
});

test("--config is looked up below the container's own root", async () => {
  const self = new FakeProcess(['--config=/etc/app.json'], { RACKWRIGHT_SANDBOX_ROOT: '/tmp/pod' });
  self.files['/tmp/pod/etc/app.json'] = '{"a": 5}';
  await run(async () => undefined, self);
  expect(self.log()[0]).toMatchObject({ config: { a: 5 } });
});

test('options that do not fit together are a usage error, exit code 2', async () => {
  const self = new FakeProcess();
  const start: Start = () =>
    Promise.reject(new HwError('InvalidArgument', '--a and --b exclude each other', { field: '--a' }));
  expect(await run(start, self)).toBe(2);
  expect(self.written.err).toBe('app: --a and --b exclude each other\nTry app --help.\n');
});

describe('stopping', () => {
  /** An app that does not listen to its lifetime. */
  const deaf: Start = () => new Promise(() => undefined);

  test('readiness fails as soon as a stop was asked for', async () => {
    const self = new FakeProcess();
    let context: ServiceContext<unknown> | undefined;
    const exit = run((given) => {
      context = given;
      return deaf(given);
    }, self);
    expect((await context?.health.ready())?.ok).toBe(true);
    self.emit('SIGTERM', 'SIGTERM');
    expect(await context?.health.ready()).toMatchObject({ ok: false, checks: [{ message: 'stopping' }] });
    self.emit('SIGTERM', 'SIGTERM');
    await exit;
  });

  test('a signal from before the app had its handlers stops it too', async () => {
    const self = new FakeProcess();
    self.earlySignal = 'SIGTERM';
    expect(await run(({ clock, lifetime }) => clock.sleep(1e9, lifetime.signal), self)).toBe(0);
    expect(self.log().map(({ msg }) => msg)).toContain('stopping');
  });

  test('an app that does not stop in time is abandoned with exit code 1', async () => {
    const self = new FakeProcess();
    const exit = run(deaf, self);
    self.emit('SIGTERM', 'SIGTERM');
    await self.clock.advance(5000);
    expect(await exit).toBe(1);
    expect(self.log().at(-2)).toMatchObject({ level: 'error', msg: 'did not stop within 5000 ms' });
  });

  test('a second signal ends it at once', async () => {
    const self = new FakeProcess();
    const exit = run(deaf, self);
    self.emit('SIGTERM', 'SIGTERM');
    self.emit('SIGINT', 'SIGINT');
    expect(await exit).toBe(1);
    expect(self.log().at(-2)).toMatchObject({ msg: 'told twice to stop' });
  });

  test('clean-ups that were deferred run before the exit code is known', async () => {
    const self = new FakeProcess();
    const seen: string[] = [];
    const exit = run(async ({ lifetime }) => {
      lifetime.defer(() => seen.push('cleaned'));
      await aborted(lifetime.signal);
    }, self);
    self.emit('SIGINT', 'SIGINT');
    expect([await exit, seen]).toEqual([0, ['cleaned']]);
  });

  test('an app that only passes on why it was stopped has not failed', async () => {
    const self = new FakeProcess();
    const exit = run(({ clock, lifetime }) => clock.sleep(1e9, lifetime.signal), self);
    self.emit('SIGTERM', 'SIGTERM');
    expect(await exit).toBe(0);
  });
});
