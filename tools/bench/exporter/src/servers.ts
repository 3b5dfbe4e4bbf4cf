import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How every agent's image starts Node. */
const imageFlags = ['--max-semi-space-size=1', '--max-old-space-size=64', '--optimize-for-size'];

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** A process that serves metrics. */
export interface MetricsServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** Bundles the exporter as its image does and starts the bundle. */
export async function startExporter(hostFolder: string): Promise<MetricsServer> {
  const app = `${root}apps/cxi-metrics-exporter`;
  const built = spawnSync(process.execPath, [`${root}tools/workspace/build.mjs`], {
    cwd: app,
    stdio: 'inherit',
  });
  if (built.status !== 0) throw new Error('the exporter cannot be built');
  return start([
    ...imageFlags,
    `${root}dist/apps/cxi-metrics-exporter/main.js`,
    `--host-root=${hostFolder}`,
    '--node-name=bench',
    '--metrics-port=0',
    '--telemetry=all',
    '--log-level=debug',
  ]);
}

/** Starts the reference with the same flags. */
export function startPlainExporter(telemetryFolders: readonly string[]): Promise<MetricsServer> {
  const script = fileURLToPath(new URL('plain-exporter.ts', import.meta.url));
  return start([...imageFlags, '--disable-warning=ExperimentalWarning', script, ...telemetryFolders]);
}

async function start(argv: readonly string[]): Promise<MetricsServer> {
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, RACKWRIGHT_SANDBOX_ADDRESS: '127.0.0.1', MALLOC_ARENA_MAX: '1' },
  });
  const port = await portOf(child);
  return {
    url: `http://127.0.0.1:${port}/metrics`,
    pid: child.pid ?? 0,
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit');
      if (child.kill('SIGTERM')) await exit;
    },
  };
}

/** Both servers tell the port they listen on as `port` of a JSON line. */
async function portOf(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error('the server has no output');
  for await (const line of createInterface(child.stdout)) {
    const { port } = JSON.parse(line) as { port?: number };
    if (port !== undefined) {
      child.stdout.resume();
      return port;
    }
  }
  throw new Error('the server ended before it listened');
}
