/**
 * Ends the process. A thread that hangs in the kernel keeps `process.exit`
 * waiting for ever; then only SIGKILL ends it.
 *
 * @param hangingThreads reads that did not come back
 */
export function exitProcess(code: number, hangingThreads: number): never {
  if (hangingThreads > 0) process.kill(process.pid, 'SIGKILL');
  process.exit(code);
}
