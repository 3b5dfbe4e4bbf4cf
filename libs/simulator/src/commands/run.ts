import { resolve } from 'node:path';
import { errorMessage } from '@rackwright/core';
import { HostRoot } from '@rackwright/host';
import type { CommandCall, CommandOutcome, HostCommand } from './command.ts';
import { type CommandMishap, isInForce, takeCommandFault } from './command-faults.ts';
import { writeBegin, writeEnd } from './journal.ts';

/** Runs a program of the host whose `/` is `prefix`: its faults first, each step of it told, its end written down. */
export function runCommand(
  commands: readonly HostCommand[],
  prefix: string,
  name: string,
  args: readonly string[],
): CommandOutcome {
  const root = new HostRoot(prefix);
  const command = commands.find((one) => one.name === name);
  if (command === undefined) return { code: 127, stderr: `${name}: not a program of this host\n` };
  writeBegin(root, name, args);
  const fault = takeCommandFault(root, name, args);
  const outcome =
    fault?.mishap.kind === 'fail'
      ? fault.mishap
      : attempt(command, call(root, args, steps(root, fault?.id ?? '', fault?.mishap)));
  writeEnd(root, outcome.code);
  return outcome;
}

function call(root: HostRoot, args: readonly string[], step: () => void): CommandCall {
  step();
  const hostPath = (path: string): string => {
    const absolute = resolve(path);
    return absolute === root.prefix || absolute.startsWith(`${root.prefix}/`)
      ? absolute.slice(root.prefix.length) || '/'
      : absolute;
  };
  return { args, root, hostPath, step };
}

/** What is called before the program does anything, and after each thing it did. */
function steps(root: HostRoot, id: string, mishap: CommandMishap | undefined): () => void {
  let done = 0;
  if (mishap?.kind === 'kill') {
    return () => {
      if (done >= mishap.afterSteps) process.kill(process.pid, 'SIGKILL');
      done += 1;
    };
  }
  if (mishap?.kind === 'hang') {
    return () => {
      if (done === 0) hang(root, id, mishap.ignoresTerm);
      done += 1;
    };
  }
  return () => {};
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Nothing else of the process runs meanwhile: a signal that has a listener is not answered. */
function hang(root: HostRoot, id: string, ignoresTerm: boolean): void {
  if (ignoresTerm) process.on('SIGTERM', () => {});
  while (isInForce(root, id)) Atomics.wait(pause, 0, 0, 20);
}

function attempt(command: HostCommand, input: CommandCall): CommandOutcome {
  try {
    return command.run(input);
  } catch (error) {
    return { code: 70, stderr: `${command.name}: ${errorMessage(error)}\n` };
  }
}
