/**
 * The test environment's programs and control plane by hand:
 *
 *     node tools/launch.mjs tools/testbed/src/main.ts programs [names]
 *     node tools/launch.mjs tools/testbed/src/main.ts control-plane [components]
 */
import { errorMessage, systemClock } from '@rackwright/core';
import { CommandLine } from './command-line.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked twice: no orderly stop. What we started dies with us.
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error(`stopped by ${signal}`));
  });
}
// A reader that goes away, as `| head` does, ends us like Ctrl-C.
process.stdout.on('error', (error) => stop.abort(error));

const commandLine = new CommandLine({
  env: process.env,
  clock: systemClock,
  signal: stop.signal,
  print: (line) => process.stdout.write(`${line}\n`),
  progress: (line) => process.stderr.write(`${line}\n`),
});
try {
  process.exitCode = await commandLine.run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
