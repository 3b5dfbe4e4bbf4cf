import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HostRoot } from '@rackwright/host';

/** How every agent's image starts Node. */
const imageFlags = ['--max-semi-space-size=1', '--max-old-space-size=64', '--optimize-for-size'];
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** The exporter as its image runs it. */
export interface Exporter extends AsyncDisposable {
  readonly url: string;
  anonymousMiB(): string;
}

/** Bundles the exporter, starts the bundle on a simulated host and waits until it has looked at the drives. */
export async function startExporter(host: string): Promise<Exporter> {
  const cwd = `${root}apps/nvme-exporter`;
  const built = spawnSync(process.execPath, [`${root}tools/workspace/build.mjs`], { cwd, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('the exporter cannot be built');
  const flags = [
    `--host-root=${host}`,
    `--node-root=${host}`,
    '--source=Direct',
    '--listen=0',
    '--log-level=debug',
  ];
  const child = spawn(process.execPath, [...imageFlags, `${root}dist/apps/nvme-exporter/main.js`, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, RACKWRIGHT_SANDBOX_ADDRESS: '127.0.0.1', MALLOC_ARENA_MAX: '1' },
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    const { port } = JSON.parse(line) as { port?: number };
    if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
  });
  child.once('exit', () => reject(new Error('the exporter ended before it listened')));
  const url = await promise;
  while ((await fetch(`${url}/readyz`)).status !== 200) await new Promise(setImmediate);
  return {
    url,
    anonymousMiB() {
      const status = readFileSync(new HostRoot().proc(`${child.pid}`, 'status'), 'utf8');
      return (Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]) / 1024).toFixed(1);
    },
    [Symbol.asyncDispose]: async () => {
      const exit = once(child, 'exit');
      if (child.kill('SIGTERM')) await exit;
    },
  };
}
