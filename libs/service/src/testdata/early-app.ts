/** An app that is told to stop before it gets as far as runService; with EARLY_TURN set, a turn before. */
import { runService } from '../index.ts';

process.kill(process.pid, 'SIGTERM');
if (process.env.EARLY_TURN !== undefined) await new Promise(setImmediate);

process.exit(
  await runService({
    name: 'early-app',
    version: '1.2.3',
    description: 'Waits to be stopped.',
    options: {},
    // It ends by itself too, with another code: a test that fails must not leave it running.
    start: ({ clock, lifetime }) =>
      clock.sleep(3000, lifetime.signal).then(() => Promise.reject(new Error('nobody asked'))),
  }),
);
