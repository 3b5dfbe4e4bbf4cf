import { parseArgs } from 'node:util';
import { errorMessage, HwError } from '@rackwright/core';

/** What `cxi-cdi-generator` was asked to do. */
export interface GeneratorArguments {
  readonly cdiDir: string;
  /** YAML file with a list `env` of NAME=VALUE. */
  readonly envVars: string | undefined;
  /** Program for the linker cache; none if empty. */
  readonly ldcacheHook: string;
  readonly dryRun: boolean;
  /** 0 says nothing but errors; from 2 on every library is named. */
  readonly verbose: number;
  readonly help: boolean;
  readonly version: boolean;
}

export const usage = `Usage: cxi-cdi-generator [options]

Writes a CDI specification of the Slingshot NICs of this node, so that container
runtimes can hand them to containers as hpe.com/cxi=cxi0, hpe.com/cxi=0 or
hpe.com/cxi=all. A specification that is there is brought up to date; its
environment list stays unless --env-vars is given.

  --cdi-dir DIR         folder of the specification (default /etc/cdi)
  --env-vars FILE       YAML file with a list "env" of NAME=VALUE for every container
  --ldcache-hook PATH   program that updates a container's linker cache (default none)
  -n, --dry-run         print the specification and write nothing
  -V, --verbose LEVEL   0 to 5 (default 1)
  -v, --version         print the version
  -h, --help            print this

Environment: SYSFS_ROOT (/sys), DEVFS_ROOT (/dev), OFI_ROOT (/opt/cray/lib64) and
CXI_ROOT (/usr/lib64) say where to look. One that does not hold what is looked for
there is passed over for its default.
`;

/**
 * Reads the command line.
 *
 * @throws HwError InvalidArgument naming the option
 */
export function parseGeneratorArguments(argv: readonly string[]): GeneratorArguments {
  const { values } = parse(argv);
  const level = values.verbose ?? '1';
  if (!/^[0-5]$/.test(level)) {
    throw new HwError('InvalidArgument', `--verbose: ${JSON.stringify(level)} is not a level from 0 to 5`);
  }
  return {
    cdiDir: values['cdi-dir'] ?? '/etc/cdi',
    envVars: values['env-vars'],
    ldcacheHook: values['ldcache-hook'] ?? '',
    dryRun: values['dry-run'] ?? false,
    verbose: Number(level),
    help: values.help ?? false,
    version: values.version ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'cdi-dir': { type: 'string' },
        'env-vars': { type: 'string' },
        'ldcache-hook': { type: 'string' },
        'dry-run': { type: 'boolean', short: 'n' },
        verbose: { type: 'string', short: 'V' },
        version: { type: 'boolean', short: 'v' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new HwError('InvalidArgument', errorMessage(cause).split('. ')[0] ?? '', {
      remedy: 'see cxi-cdi-generator --help',
    });
  }
}
