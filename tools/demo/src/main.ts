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

const { values } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    suite: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
} else {
  const controller = new AbortController();
  const stop = (): void => {
    if (!controller.signal.aborted) process.stdout.write('\nstopping …\n');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  try {
    process.exitCode = await runDemo({
      once: values.once,
      suites: values.suite,
      clock: systemClock,
      signal: controller.signal,
      stdout: process.stdout,
    });
  } catch (error) {
    if (!controller.signal.aborted) process.stderr.write(`demo: ${errorMessage(error)}\n`);
    process.exitCode = controller.signal.aborted ? 130 : 1;
  }
}
