import { currentProcess, runService } from '@rackwright/service';
import { start } from './app.ts';
import { options } from './options/index.ts';
import { reloadsOf } from './reloads.ts';

const self = currentProcess();

process.exit(
  await runService(
    {
      name: 'ai100-device-plugin',
      version: process.env.RACKWRIGHT_VERSION ?? 'source',
      description: 'Makes a cache of the AI100 drives of its node and offers it to the kubelet.',
      options,
      start: (context) => start(context, reloadsOf(self)),
    },
    self,
  ),
);
