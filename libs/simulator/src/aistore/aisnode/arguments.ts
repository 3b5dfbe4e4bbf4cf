import { type FlagValues, parseGoFlags } from '../process/go-flags.ts';
import { FatalError } from '../process/program.ts';
import type { Role } from './smap.ts';

const flags = {
  role: 'string',
  config: 'string',
  local_config: 'string',
  ntargets: 'number',
  daemon_id: 'string',
  config_custom: 'string',
  transient: 'boolean',
  standby: 'boolean',
  skip_startup: 'boolean',
  loopback: 'boolean',
  start_with_lost_mountpath: 'boolean',
  h: 'boolean',
} as const;

/** The command line of aisnode. */
export type NodeArguments = Omit<FlagValues<typeof flags>, 'role'> & {
  readonly role: Role;
  readonly config: string;
  readonly local_config: string;
};

/** @throws FatalError with what the real program prints */
export function parseNodeArguments(argv: readonly string[]): NodeArguments {
  const values = parseGoFlags(flags, argv);
  if ('refused' in values) throw new FatalError(values.refused);
  const { role, config, local_config } = values;
  if (role !== 'proxy' && role !== 'target')
    throw new FatalError(`invalid daemon role ${JSON.stringify(role ?? '')}`);
  if (config === undefined) throw new FatalError('missing cluster configuration: usage: -config <path>');
  if (local_config === undefined)
    throw new FatalError('missing local configuration: usage: -local_config <path>');
  return { ...values, role, config, local_config };
}
