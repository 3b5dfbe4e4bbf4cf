import { currentProcess, runService } from '@rackwright/service';
import { start } from './app.ts';
import { completeArguments } from './hpe-options.ts';
import { options } from './options.ts';

const self = currentProcess();
process.exit(
  await runService(
    {
      name: 'cxi-device-plugin',
      version: process.env.RACKWRIGHT_VERSION ?? 'source',
      description: 'Offers Slingshot NICs to the kubelet.',
      options,
      start,
    },
    { ...self, argv: completeArguments(self.argv) },
  ),
);
