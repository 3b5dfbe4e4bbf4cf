/** A whole app for run-service.test.ts: serves its endpoints, and crashes in the way it is told. */
import { writeSync } from 'node:fs';
import { agentOptions, defineOptions, HttpEndpoints, runService } from '../index.ts';

const options = defineOptions({
  ...agentOptions,
  crash: { flag: 'crash', type: 'string', choices: ['throw', 'reject', 'task', 'start'], description: 'How.' },
});

process.exit(
  await runService({
    name: 'trivial-app',
    version: '1.2.3',
    description: 'Serves its endpoints.',
    options,
    stopTimeoutMs: 2000,
    start: async ({ config, health, lifetime, logger, clock, env, metrics }) => {
      const http = new HttpEndpoints({ port: 0, address: '127.0.0.1', health, metrics, logger, clock, env });
      http.port.subscribe((port) => writeSync(3, `${port}\n`));
      const crash = (): void => {
        throw new Error('boom');
      };
      if (config.crash === 'throw') clock.timer(1, crash);
      if (config.crash === 'reject') clock.timer(1, () => void Promise.reject(new Error('boom')));
      if (config.crash === 'task') lifetime.spawn('worker', async () => crash());
      if (config.crash === 'start') crash();
      await http.start(lifetime.signal);
    },
  }),
);
