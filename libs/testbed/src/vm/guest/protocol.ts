import type { ErrorCode } from '@rackwright/core';
import type { RunOptions, RunOutcome } from '@rackwright/host';

/** How a program that was started in a guest ended. */
export interface GuestExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What the guest's agent does for the host: its calls with what they take and answer. */
export interface GuestCalls {
  /** Runs a program to its end. */
  run(call: {
    readonly argv: readonly [string, ...string[]];
    readonly options: Omit<RunOptions, 'signal'>;
  }): Promise<RunOutcome>;
  /** Starts a program and answers with its process; what it prints goes to the end of a file. */
  start(call: {
    readonly argv: readonly [string, ...string[]];
    readonly env: Readonly<Record<string, string>>;
    readonly log: string;
  }): Promise<number>;
  /** Signals a program that was started; answers whether it still ran. */
  signal(call: { readonly pid: number; readonly name: NodeJS.Signals }): Promise<boolean>;
  /** How a program that was started ended; null while it runs. */
  exit(call: { readonly pid: number }): Promise<GuestExit | null>;
  /** A file's text; null if there is none. */
  read(call: { readonly path: string }): Promise<string | null>;
  write(call: { readonly path: string; readonly text: string }): Promise<null>;
  /** Sends a line to a unix socket and answers with the line that comes back. */
  ask(call: { readonly socket: string; readonly line: string }): Promise<string>;
  /** Names in a folder; none if there is no such folder. */
  list(call: { readonly path: string }): Promise<readonly string[]>;
}

export type GuestCall = keyof GuestCalls;

/** What the host sends. */
export interface GuestRequest {
  readonly id: number;
  readonly call: GuestCall;
  readonly argument: unknown;
}

/** What the guest answers; first of all, with id 0, that it is there. */
export interface GuestReply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}
