/**
 * Container images of the apps, see docs/images.md:
 *
 *     npx nx run-many -t container
 *     node tools/launch.mjs tools/images/src/main.ts --help
 */
import { errorMessage, systemClock } from '@rackwright/core';
import { CommandLine } from './command-line.ts';

/** Ctrl-C reaches us from the terminal, from nx and from who started nx: within these milliseconds it is one. */
const oneRequestMs = 1000;
const stop = new AbortController();
let askedAt: number | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    askedAt ??= systemClock.monotonic();
    // Asked again: no orderly stop. What we started dies with us.
    if (systemClock.monotonic() - askedAt > oneRequestMs) process.exit(130);
    stop.abort(new Error(`stopped by ${signal}`));
  });
}
// A reader that goes away, as `| head` does, ends us like Ctrl-C.
process.stdout.on('error', (error) => stop.abort(error));

const commandLine = new CommandLine({
  env: process.env,
  clock: systemClock,
  signal: stop.signal,
  cwd: process.cwd(),
  print: (line) => process.stdout.write(`${line}\n`),
  progress: (line) => process.stderr.write(`${line}\n`),
});
try {
  process.exitCode = await commandLine.run(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorMessage(error)}\n`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
}
