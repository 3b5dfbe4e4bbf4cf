import { currentProcess, runService } from '@rackwright/service';
import { withLogLevel } from './options/options.ts';
import { registrarOptions } from './registrar/options.ts';
import { startRegistrar } from './registrar/start.ts';

const self = currentProcess();
process.exit(
  await runService(
    {
      name: 'csi-node-driver-registrar',
      version: process.env.RACKWRIGHT_VERSION ?? 'source',
      description: 'Tells the kubelet of a CSI driver.',
      options: registrarOptions,
      start: startRegistrar,
    },
    { ...self, argv: withLogLevel(self.argv) },
  ),
);
