import { exitProcess, runService } from '@rackwright/service';
import { RetryHandlerAgent } from './app.ts';
import { options } from './options.ts';

// Each statistics mount that hangs costs a thread of this pool; Node makes it when it is first used.
process.env.UV_THREADPOOL_SIZE ??= '16';

const agent = new RetryHandlerAgent();
const code = await runService({
  name: 'retry-handler',
  version: process.env.RACKWRIGHT_VERSION ?? 'source',
  description: 'Supervises one cxi_rh per physical Slingshot NIC.',
  options,
  start: (context) => agent.run(context),
  // Handlers may use their whole grace; how long a pod may take is its own setting.
  stopTimeoutMs: 120_000,
});
exitProcess(code, agent.stuckReads);
