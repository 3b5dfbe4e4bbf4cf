import { currentProcess, runService } from '@rackwright/service';
import { start } from './app.ts';
import { options, withLogLevel } from './options/options.ts';

const self = currentProcess();
process.exit(
  await runService(
    {
      name: 'pmem-csi-driver',
      version: process.env.RACKWRIGHT_VERSION ?? 'source',
      description: 'Volumes of persistent memory for Kubernetes (CSI).',
      options,
      start,
    },
    { ...self, argv: withLogLevel(self.argv) },
  ),
);
