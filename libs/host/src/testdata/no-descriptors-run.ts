import { openSync } from 'node:fs';
import { systemClock } from '@rackwright/core';
import { SystemProcessRunner } from '../system-process-runner.ts';

/** Starts a program while no file can be opened, and prints what comes of it. */
try {
  for (;;) openSync('/dev/null', 'r');
} catch {
  // That was the last one.
}
const print = (line: string): void => void process.stdout.write(`${line}\n`);
process.on('uncaughtException', () => print('uncaught'));
process.on('unhandledRejection', () => print('unhandled'));
await new SystemProcessRunner(systemClock).run(['true']).then(
  () => print('ran'),
  (error: Error) => print(error.message),
);
