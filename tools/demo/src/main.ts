/** `npm run demo`: the whole system on simulated hardware. See --help. */
import { parseArgs } from 'node:util';
import { errorMessage, systemClock } from '@rackwright/core';
import { runDemo } from './demo.ts';

const help = `npm run demo [-- --once] [-- --suite FAMILY]

Starts a simulated cluster (real etcd, API server, scheduler and controllers,
three simulated nodes), installs the Helm chart and shows what runs.

  --once   check everything, inject faults, print the result and end
  --suite  show one family of hardware only, such as ai100; may be repeated
  --help   this text
`;

const options = {
  once: { type: 'boolean', default: false },
  suite: { type: 'string', multiple: true, default: [] as string[] },
  help: { type: 'boolean', default: false },
} as const;

process.exitCode = await main();

/** Resolves with the exit code. */
async function main(): Promise<number> {
  const values = readArguments();
  if (values === undefined) return 2;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const controller = new AbortController();
  const stop = (): void => {
    if (!controller.signal.aborted) process.stdout.write('\nstopping …\n');
    controller.abort(new Error('interrupted'));
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  try {
    return await runDemo({
      once: values.once,
      suites: values.suite,
      clock: systemClock,
      signal: controller.signal,
      stdout: process.stdout,
    });
  } catch (error) {
    if (!controller.signal.aborted) process.stderr.write(`demo: ${errorMessage(error)}\n`);
    return controller.signal.aborted ? 130 : 1;
  }
}

/** What was asked for; undefined if it makes no sense, which is told. */
function readArguments() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`demo: ${errorMessage(error)}\n\n${help}`);
    return undefined;
  }
}
