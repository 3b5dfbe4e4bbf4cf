import { runService } from '@rackwright/service';
import { start } from './app.ts';
import { options } from './options.ts';

process.exit(
  await runService({
    name: 'retry-handler',
    version: process.env.RACKWRIGHT_VERSION ?? 'source',
    description: 'Supervises one cxi_rh per physical Slingshot NIC.',
    options,
    start,
    // Handlers may use their whole grace; how long a pod may take is its own setting.
    stopTimeoutMs: 120_000,
  }),
);
