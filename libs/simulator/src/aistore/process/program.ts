import type { Clock } from '@rackwright/core';
import { rackwright } from '@rackwright/keys';

/** The process a program runs as. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Clock;
  readonly print: (line: string) => void;
  /** Ends the process. */
  readonly exit: (code: number) => void;
  /** Calls `stop` on SIGTERM and SIGINT. */
  readonly onStop: (stop: () => void) => void;
}

/** A path of the container as one of this machine: on a simulated node a folder stands for its `/`. */
export function ownPath({ env }: Pick<Program, 'env'>, path: string): string {
  return `${env[rackwright.env.sandboxRoot] ?? ''}${path}`;
}

/** The address a pod of a simulated node listens on; undefined where it has a network of its own. */
export function ownAddress({ env }: Pick<Program, 'env'>): string | undefined {
  return env[rackwright.env.sandboxAddress];
}

/** A reason to end the process with code 1. */
export class FatalError extends Error {}
