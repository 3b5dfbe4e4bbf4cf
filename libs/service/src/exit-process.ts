import { closeSync, writeFileSync } from 'node:fs';
import { HostRoot } from '@rackwright/host';

/**
 * Ends the process. A thread that hangs in the kernel keeps `process.exit`
 * waiting for ever; then only a signal that cannot be caught ends it.
 *
 * @param hangingThreads reads that did not come back
 */
export function exitProcess(code: number, hangingThreads: number): never {
  if (hangingThreads > 0) {
    // The kernel drops a SIGKILL that PID 1 of a container sends itself.
    if (process.pid === 1) abortQuietly();
    process.kill(process.pid, 'SIGKILL');
  }
  process.exit(code);
}

/** What abort ends with, a faulting instruction, ends PID 1 too. This is no crash: no stack trace, no core. */
function abortQuietly(): never {
  const coredumpFilter = new HostRoot().proc('self', 'coredump_filter');
  for (const quieten of [() => writeFileSync(coredumpFilter, '0'), () => closeSync(2)]) {
    try {
      quieten();
    } catch {
      // Then it is only louder.
    }
  }
  process.abort();
}
