import { writeSync } from 'node:fs';
import { errorMessage, systemClock } from '@rackwright/core';
import { runInit } from './aisinit/init.ts';
import { runNode } from './aisnode/node.ts';
import { runAuthn } from './authn/authn.ts';
import { runCleanupHelper } from './cleanup-helper.ts';
import { FatalError, type Program } from './process/program.ts';

/** The programs of AIStore's images, by name. */
const programs: Readonly<Record<string, (program: Program) => void | Promise<void>>> = {
  aisnode: runNode,
  aisinit: runInit,
  authn: runAuthn,
  'cleanup-helper': runCleanupHelper,
};

const [name = '', ...argv] = process.argv.slice(2);

function end(error: unknown): void {
  const text =
    error instanceof FatalError ? error.message : error instanceof Error ? error.stack : errorMessage(error);
  writeSync(2, `${text}\n`);
  process.exit(1);
}

process.on('uncaughtException', end);
process.on('unhandledRejection', end);
const run = programs[name];
if (run === undefined) end(new FatalError(`${name}: no program of AIStore's`));
await run?.({
  ...{ argv, env: process.env, pid: process.pid, clock: systemClock },
  print: (line) => writeSync(1, `${line}\n`),
  exit: (code) => process.exit(code),
  onStop: (stop) => process.on('SIGTERM', stop).on('SIGINT', stop),
});
