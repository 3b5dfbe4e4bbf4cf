import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '@rackwright/core';
import { takeEarlySignal } from './early-signals.ts';

/** The part of Node's `process` an app touches, so that a test can stand in for it. */
export interface ServiceProcess {
  /** Arguments without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readFile(path: string): string;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
  /** A request to stop that came before `on` was called; told once. */
  takeEarlySignal(): string | undefined;
}

/** The running process. */
export function currentProcess(): ServiceProcess {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    clock: systemClock,
    stdout: process.stdout,
    stderr: process.stderr,
    readFile: (path) => readFileSync(path, 'utf8'),
    on: (event, listener) => process.on(event, listener),
    off: (event, listener) => process.off(event, listener),
    takeEarlySignal,
  };
}
