import { runService } from '@rackwright/service';
import { runDriverAgent } from './agent.ts';
import { options } from './options.ts';

process.exit(
  await runService({
    name: 'driver-agent',
    version: process.env.RACKWRIGHT_VERSION ?? 'dev',
    description: "Verifies a node's CXI driver and publishes its NICs as CXIDevice objects and node labels.",
    options,
    start: runDriverAgent,
  }),
);
