import { currentProcess, runService } from '@rackwright/service';
import { start } from './app.ts';
import { options, withLogLevel } from './options/options.ts';
import { orphansService } from './orphans/command.ts';

const version = process.env.RACKWRIGHT_VERSION ?? 'source';
const self = currentProcess();
const [command, ...rest] = self.argv;

/** Runs the command the first argument names, or the driver itself. */
function run(): Promise<number> {
  // What it found is for programs too: log lines go beside it.
  if (command === 'orphans')
    return runService(orphansService(version, self.stdout), { ...self, argv: rest, stdout: self.stderr });
  const description = 'Volumes of persistent memory for Kubernetes (CSI).';
  return runService(
    { name: 'pmem-csi-driver', version, description, options, start },
    { ...self, argv: withLogLevel(self.argv) },
  );
}

process.exit(await run());
