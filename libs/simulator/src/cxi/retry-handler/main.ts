import { writeSync } from 'node:fs';
import { systemClock } from '@rackwright/core';
import { RetryHandlerDouble } from './handler.ts';

const [simRoot = '', ...argv] = process.argv.slice(2);

// Before the handler says that it runs: a signal that follows must find its listener.
process.on('SIGTERM', () => double?.stop());
process.on('SIGINT', () => double?.stop());
process.on('SIGHUP', () => double?.dump());

const double = RetryHandlerDouble.start({
  argv,
  simRoot: simRoot.replace(/^--sim-root=/, ''),
  clock: systemClock,
  print: (line) => write(1, line),
  printError: (line) => write(2, line),
  exit: (code) => process.exit(code),
});

/** Nobody may be listening any more; a handler serves on all the same. */
function write(fd: number, line: string): void {
  try {
    writeSync(fd, `${line}\n`);
  } catch {
    // The reader is gone or slow; the line is lost.
  }
}
