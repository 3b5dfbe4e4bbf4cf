import type { HostRoot } from '@rackwright/host';

/** How a program ended. */
export interface CommandOutcome {
  readonly code: number;
  readonly stdout?: string;
  /** Printed instead of text. */
  readonly bytes?: Uint8Array;
  readonly stderr?: string;
}

/** One run of a program of a simulated host. */
export interface CommandCall {
  /** What stands behind the program's name. */
  readonly args: readonly string[];
  readonly root: HostRoot;
  /** An absolute path of the host, however the caller named it. */
  hostPath(path: string): string;
  /**
   * Said after each thing that was done for good, so that a fault can kill the
   * program there.
   */
  step(): void;
}

/** A program of a simulated host that stands for a real one. */
export interface HostCommand {
  readonly name: string;
  readonly folder: '/usr/bin' | '/usr/sbin';
  run(call: CommandCall): CommandOutcome;
}

/** What a program says of words it was given and does not know here: it fails and names them. */
export function unknownWords(name: string, words: string): CommandOutcome {
  return { code: 64, stderr: `${name}: the simulated ${name} does not know ${words}\n` };
}
