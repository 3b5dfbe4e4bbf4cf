import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The exporter as a process of its own. */
export interface RunningExporter {
  readonly child: ChildProcess;
  readonly stdout: string[];
  readonly stderr: string[];
  /** Exit code, or the signal that ended it. */
  readonly exit: Promise<number | string>;
  /** Resolves with the address it serves; rejects if it ends before. */
  readonly address: Promise<string>;
}

export function runExporter(args: readonly string[]): RunningExporter {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const argv = ['--conditions=@rackwright/source', main, '--listen=0', '--log-level=debug', ...args];
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, argv, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, NODE_COMPILE_CACHE, RACKWRIGHT_SANDBOX_ADDRESS: '127.0.0.1' },
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  const { promise: address, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    stdout.push(line);
    const entry = JSON.parse(line) as Record<string, unknown>;
    if (entry.msg === 'http server listens') resolve(`http://${entry.address}:${entry.port}`);
  });
  createInterface(child.stderr).on('line', (line) => stderr.push(line));
  const exit = once(child, 'close').then(([code, signal]): number | string => code ?? signal);
  void exit.then(() => reject(new Error(`ended before it listened: ${stderr.join('\n')}`)));
  address.catch(() => undefined);
  return { child, stdout, stderr, exit, address };
}
