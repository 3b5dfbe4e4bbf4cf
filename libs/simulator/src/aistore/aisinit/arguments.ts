import { type FlagValues, parseGoFlags } from '../process/go-flags.ts';
import { FatalError } from '../process/program.ts';

const flags = {
  role: 'string',
  local_config_template: 'string',
  output_local_config: 'string',
  cluster_config_override: 'string',
  output_cluster_config: 'string',
  hostname_map_file: 'string',
} as const;

/** The command line of aisinit. */
export type InitArguments = FlagValues<typeof flags> & { readonly role: 'proxy' | 'target' };

/** @throws FatalError with what the real program prints */
export function parseInitArguments(argv: readonly string[]): InitArguments {
  const values = parseGoFlags(flags, argv);
  if ('refused' in values) throw new FatalError(values.refused);
  const { role = '' } = values;
  if (role !== 'proxy' && role !== 'target')
    throw new FatalError(`invalid role provided ${JSON.stringify(role)}`);
  return { ...values, role };
}
