import { BoundedCalls } from '@rackwright/core';
import { currentProcess, exitProcess, runService } from '@rackwright/service';
import { start } from './app.ts';
import { options } from './options/index.ts';
import { reloadsOf } from './reloads.ts';

// Each call that hangs costs a thread of this pool; Node makes it when it is first used.
process.env.UV_THREADPOOL_SIZE ??= '8';

const self = currentProcess();
const calls = new BoundedCalls({ clock: self.clock, deadlineMs: 5000, maxHanging: 4 });
const code = await runService(
  {
    name: 'ai100-device-plugin',
    version: process.env.RACKWRIGHT_VERSION ?? 'source',
    description: 'Makes a cache of the AI100 drives of its node and offers it to the kubelet.',
    options,
    start: (context) => start(context, reloadsOf(self), calls),
  },
  self,
);
exitProcess(code, calls.hanging);
