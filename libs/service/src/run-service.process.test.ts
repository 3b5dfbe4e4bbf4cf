import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';

const app = [
  process.execPath,
  '--conditions=@rackwright/source',
  fileURLToPath(new URL('./testdata/trivial-app.ts', import.meta.url)),
];

interface RunningApp {
  readonly child: ChildProcess;
  /** Lines of the log, once it has ended. */
  readonly log: Promise<Record<string, unknown>[]>;
  readonly stderr: Promise<string>;
  readonly exit: Promise<unknown>;
}

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function run(args: string[], command: string[] = app): RunningApp {
  const [file = '', ...rest] = [...command, ...args];
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  running.push(child);
  const out = text(child.stdio[1] as NodeJS.ReadableStream);
  return {
    child,
    log: out.then((all) =>
      all
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    ),
    stderr: text(child.stdio[2] as NodeJS.ReadableStream),
    exit: once(child, 'exit').then(([code, signal]) => code ?? signal),
  };
}

/** The port the app listens on, told through its descriptor 3. */
async function portOf({ child }: RunningApp): Promise<number> {
  for await (const chunk of child.stdio[3] as NodeJS.ReadableStream) return Number(chunk);
  throw new Error('ended before it listened');
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a running app cleanly with exit code 0',
  async (signal) => {
    const service = run([]);
    const port = await portOf(service);
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([200, 'ready\n']);
    service.child.kill(signal);
    expect(await service.exit).toBe(0);
    expect((await service.log).map((line) => line.msg)).toEqual(['starting', 'stopping', 'stopped']);
    expect(await service.stderr).toBe('');
  },
);

test('its metrics tell version, memory and start of the process', async () => {
  const service = run([]);
  const port = await portOf(service);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(metrics).toContain('rackwright_build_info{app="trivial-app",version="1.2.3",node_version="24.');
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const pages = readFileSync(`/proc/${service.child.pid}/statm`, 'utf8').split(' ').map(Number);
  expect(value('process_resident_memory_bytes') / 4096 / (pages[1] ?? 0)).toBeCloseTo(1, 0);
  expect(value('process_anonymous_memory_bytes')).toBeLessThan(value('process_resident_memory_bytes'));
  expect(value('process_open_fds')).toBeGreaterThan(3);
  expect(Math.abs(Date.now() / 1000 - value('process_start_time_seconds'))).toBeLessThan(20);
});

describe('a crash is logged once and ends the app with exit code 1', () => {
  test.each([
    ['throw', 'uncaught error'],
    ['reject', 'uncaught error'],
    ['task', 'task failed'],
    ['start', 'failed'],
  ])('%s', async (how, message) => {
    const service = run([`--crash=${how}`]);
    expect(await service.exit).toBe(1);
    const errors = (await service.log).filter((line) => line.level === 'error');
    expect(errors).toEqual([expect.objectContaining({ msg: message, error: 'boom' })]);
    expect(await service.stderr).toBe('');
  });
});

test('a wrong flag ends it with exit code 2, a sentence and no log', async () => {
  const service = run(['--crash=no']);
  expect(await service.exit).toBe(2);
  expect(await service.stderr).toBe(
    'trivial-app: --crash: "no" is not one of throw, reject, task, start\nTry trivial-app --help.\n',
  );
  expect(await service.log).toEqual([]);
});

const unshare = ['unshare', '--user', '--map-root-user', '--pid', '--fork'];
const canUnshare =
  process.env.CI === 'true' || spawnSync('unshare', [...unshare.slice(1), 'true']).status === 0;
(canUnshare ? test : test.skip)(
  'as PID 1 of a container it still stops on SIGTERM (needs unshare)',
  async () => {
    const service = run([], [...unshare, ...app]);
    await portOf(service);
    const inner = spawnSync('pgrep', ['-P', String(service.child.pid)], { encoding: 'utf8' }).stdout.trim();
    expect(readFileSync(`/proc/${inner}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t1$/m);
    process.kill(Number(inner), 'SIGTERM');
    expect(await service.exit).toBe(0);
  },
);

(canUnshare ? test : test.skip).each([['just'], ['a turn']])(
  'as PID 1 of a container it stops on a SIGTERM that came %s before it had handlers (needs unshare)',
  async (when) => {
    const file = fileURLToPath(new URL('./testdata/early-app.ts', import.meta.url));
    const env = when === 'a turn' ? ['env', 'EARLY_TURN=1'] : [];
    const service = run([], [...unshare, ...env, ...app.with(-1, file)]);
    expect(await service.exit).toBe(0);
    expect((await service.log).map((line) => line.msg)).toEqual(['starting', 'stopping', 'stopped']);
  },
);
