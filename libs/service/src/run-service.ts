import { errorMessage } from '@rackwright/core';
import { parseArguments } from './arguments.ts';
import { commonOptions } from './common-options.ts';
import { loadConfig } from './config.ts';
import { formatHelp } from './help.ts';
import type { OptionSpecs } from './option-spec.ts';
import { containerPath } from './paths.ts';
import { exitCode, isUsageError, runLifetime, type ServiceSpec } from './service-lifetime.ts';
import { currentProcess, type ServiceProcess } from './service-process.ts';

/**
 * Runs an app from its command line to its exit code, which the caller hands
 * to `process.exit`: 0 after a clean stop, 1 after a failure, 2 for a command
 * line that makes no sense. SIGTERM and SIGINT ask it to stop, with a bounded
 * wait; a second one ends it at once. An uncaught error is logged once and
 * ends it with 1.
 */
export async function runService<S extends OptionSpecs>(
  spec: ServiceSpec<S>,
  self: ServiceProcess = currentProcess(),
): Promise<number> {
  const options = { ...commonOptions, ...spec.options };
  const { help, version } = parseArguments(options, self.argv);
  if (help || version) {
    self.stdout.write(help ? formatHelp({ ...spec, options }) : `${spec.name} ${spec.version}\n`);
    return exitCode.clean;
  }
  try {
    const config = loadConfig(options, {
      argv: self.argv,
      env: self.env,
      readFile: (path) => self.readFile(containerPath(path, self.env)),
    });
    return await runLifetime(spec, self, config);
  } catch (error) {
    if (!isUsageError(error)) throw error;
    self.stderr.write(`${spec.name}: ${errorMessage(error)}\nTry ${spec.name} --help.\n`);
    return exitCode.usage;
  }
}
