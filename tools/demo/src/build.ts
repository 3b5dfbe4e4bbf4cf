import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HwError } from '@rackwright/core';

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** Builds every app's bundle; Nx leaves alone what is up to date. */
export async function buildApps(progress: (line: string) => void, signal: AbortSignal): Promise<void> {
  progress('building the apps');
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null; output: string }>();
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules/nx/bin/nx.js'), 'run-many', '-t', 'build'],
    {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    },
  );
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-20_000);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  child.once('error', reject);
  child.once('close', (code) => resolve({ code, output }));
  const outcome = await promise;
  if (outcome.code !== 0)
    throw new HwError('FailedPrecondition', `building the apps failed:\n${outcome.output}`);
}
