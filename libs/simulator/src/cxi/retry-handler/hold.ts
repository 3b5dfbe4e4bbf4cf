import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Who holds a NIC. */
export interface Holder {
  /** Of the handler, in its own pid namespace. */
  readonly pid: number;
  /** Host path of the folder its statistics are in. */
  readonly statsFolder: string;
}

/**
 * A hold is a folder: who has it, and a pipe its owners keep open for reading.
 * Whether one of them still lives shows when somebody opens the pipe for
 * writing: no pid says that across namespaces. The folder comes and goes in one
 * step, which makes it exclusive.
 *
 * @returns the open pipe; the hold ends when its last copy is closed
 * @throws Error with code EEXIST if the folder is there, held or not
 */
export function takeHold(folder: string, holder: Holder): number {
  const prepared = aside(folder);
  mkdirSync(prepared, { recursive: true });
  writeFileSync(`${prepared}/holder.json`, JSON.stringify(holder));
  execFileSync('mkfifo', [`${prepared}/alive`]);
  const pipe = openSync(`${prepared}/alive`, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    renameSync(prepared, folder);
    return pipe;
  } catch (error) {
    closeSync(pipe);
    rmSync(prepared, { recursive: true, force: true });
    throw (error as NodeJS.ErrnoException).code === 'ENOTEMPTY' ? exists() : error;
  }
}

/** Whether somebody who took the hold lives. One that cannot be looked at counts as held. */
export function isHeld(folder: string): boolean {
  try {
    closeSync(openSync(`${folder}/alive`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return !['ENXIO', 'ENOENT'].includes(code);
  }
}

/** Who took the hold, whether alive or not; undefined if it is not taken. */
export function readHolder(folder: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(`${folder}/holder.json`, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Gives the hold up; a missing one is fine. */
export function dropHold(folder: string): void {
  const dropped = moveAside(folder);
  if (dropped !== undefined) rmSync(dropped, { recursive: true, force: true });
}

/** Gives up a hold that none of its owners lives to give up, and returns who they were. */
export function dropDeadHold(folder: string): Holder | undefined {
  const dropped = isHeld(folder) ? undefined : moveAside(folder);
  if (dropped === undefined) return undefined;
  if (isHeld(dropped)) {
    // Another process was quicker: this is the hold of a new handler.
    renameSync(dropped, folder);
    return undefined;
  }
  const holder = readHolder(dropped);
  rmSync(dropped, { recursive: true, force: true });
  return holder;
}

/** What the kernel tells a second handler. */
export function exists(): Error {
  return Object.assign(new Error('File exists'), { code: 'EEXIST' });
}

function moveAside(folder: string): string | undefined {
  const name = aside(folder);
  try {
    renameSync(folder, name);
    return name;
  } catch {
    return undefined;
  }
}

function aside(folder: string): string {
  return `${dirname(folder)}/.${randomUUID()}`;
}
