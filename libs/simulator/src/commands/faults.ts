import { randomUUID } from 'node:crypto';
import type { Fault } from '../faults/fault.ts';
import type { HostCore } from '../host/host-core.ts';
import {
  addCommandFault,
  type CommandMatch,
  type CommandMishap,
  removeCommandFault,
} from './command-faults.ts';

/** A program of the host does nothing and fails; reverting heals it. */
function commandFails(
  host: HostCore,
  options: CommandMatch & { readonly code?: number; readonly stderr?: string },
): Fault {
  const { code = 1, stderr = `${options.command}: Input/output error\n` } = options;
  return mishap(host, options, { kind: 'fail', code, stdout: '', stderr }, 'command-fails', 'fails');
}

/** A program of the host does nothing, prints this and ends well; reverting has it print the truth. */
function commandPrints(host: HostCore, options: CommandMatch & { readonly stdout: string }): Fault {
  const { stdout } = options;
  const says = { kind: 'fail', code: 0, stdout, stderr: '' } as const;
  return mishap(host, options, says, 'command-prints', 'prints something else');
}

/** A program of the host does not get on; reverting lets it. */
function commandHangs(host: HostCore, options: CommandMatch & { readonly ignoresTerm?: boolean }): Fault {
  const { ignoresTerm = false } = options;
  return mishap(host, options, { kind: 'hang', ignoresTerm }, 'command-hangs', 'hangs');
}

/** A program of the host is killed after it did so many things, before it says so; 0 is before the first. */
function commandKilled(host: HostCore, options: CommandMatch & { readonly afterSteps: number }): Fault {
  const { afterSteps } = options;
  return mishap(
    host,
    options,
    { kind: 'kill', afterSteps },
    'command-killed',
    `is killed after step ${afterSteps}`,
  );
}

function mishap(
  { root }: HostCore,
  { command, words = [], times }: CommandMatch,
  what: CommandMishap,
  name: string,
  happens: string,
): Fault {
  const id = randomUUID();
  const match = { command, words, ...(times === undefined ? {} : { times }) };
  return {
    name,
    description: `${[command, ...words].join(' ')} ${happens}`,
    apply: async () => addCommandFault(root, { ...match, id, mishap: what }),
    revert: async () => removeCommandFault(root, id),
  };
}

/** What can go wrong with the programs of a host. */
export const commandFaults = { commandFails, commandPrints, commandHangs, commandKilled } as const;
