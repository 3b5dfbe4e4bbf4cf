import { exitProcess, runService } from '@rackwright/service';
import { DriverAgent } from './agent.ts';
import { options } from './options.ts';

// Each statistics mount that hangs costs a thread of this pool; Node makes it when it is first used.
process.env.UV_THREADPOOL_SIZE ??= '16';

const agent = new DriverAgent();
const code = await runService({
  name: 'driver-agent',
  version: process.env.RACKWRIGHT_VERSION ?? 'source',
  description: "Verifies a node's CXI driver and publishes its NICs as CXIDevice objects and node labels.",
  options,
  start: (context) => agent.run(context),
});
exitProcess(code, agent.stuckReads);
