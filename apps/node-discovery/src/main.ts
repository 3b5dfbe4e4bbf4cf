import { exitProcess, runService } from '@rackwright/service';
import { runDiscovery } from './discovery.ts';
import { options } from './options.ts';

exitProcess(
  await runService({
    name: 'node-discovery',
    version: process.env.RACKWRIGHT_VERSION ?? 'source',
    description:
      'Labels its Node by the hardware the host has: Slingshot NICs, AI100 disks, persistent memory.',
    options,
    start: runDiscovery,
  }),
  0,
);
