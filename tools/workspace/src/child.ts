import { spawn } from 'node:child_process';

/**
 * Runs a program with this terminal's output and returns its exit code. Ctrl-C
 * reaches the program too (it is in our process group); we wait for it to clean
 * up before we end.
 */
export function runChild(
  argv: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(argv[0], argv.slice(1), {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: 'inherit',
  });
  const onTerm = (): void => void child.kill('SIGTERM');
  const onInt = (): void => undefined;
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  child.once('error', reject);
  child.once('close', (code, signal) => {
    process.off('SIGINT', onInt);
    process.off('SIGTERM', onTerm);
    resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
  });
  return promise;
}
