import { currentProcess, runService } from '@rackwright/service';
import { crdsService } from './commands/crds.ts';
import { leftoversService } from './commands/leftovers.ts';
import { removeService } from './commands/remove.ts';
import { verifyService } from './commands/verify.ts';
import { managerService } from './manager.ts';

const version = process.env.RACKWRIGHT_VERSION ?? '0.0.0';
const self = currentProcess();
const [command, ...rest] = self.argv;

/** Runs the command the first argument names, or the operator itself. */
function run(): Promise<number> {
  if (command === 'verify') return runService(verifyService(version, self.stdout), { ...self, argv: rest });
  if (command === 'remove') return runService(removeService(version, self.stdout), { ...self, argv: rest });
  if (command === 'leftovers')
    return runService(leftoversService(version, self.stdout), { ...self, argv: rest });
  if (command === 'crds') return runService(crdsService(version), { ...self, argv: rest });
  return runService(managerService(version), self);
}

process.exit(await run());
