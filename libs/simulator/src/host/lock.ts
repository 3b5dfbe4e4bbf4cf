import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, existsSync, openSync, readdirSync, renameSync } from 'node:fs';
import { HwError } from '@rackwright/core';
import { makeFolderSync } from '@rackwright/host';

/** How long somebody else may have a lock. */
const longestMs = 10_000;
const pauseMs = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Makes a lock: a folder with a pipe in it. Who renames the pipe has the lock,
 * and keeps it open for reading. Whether the owner still lives shows when
 * somebody opens the pipe for writing: no process number says that across
 * namespaces.
 */
export function makeLock(folder: string): void {
  makeFolderSync(folder);
  if (readdirSync(folder).length === 0) execFileSync('mkfifo', [`${folder}/free`]);
}

/**
 * Does something while nobody else has the lock, in this process or another. The
 * lock of one that died goes to the next.
 *
 * @throws HwError DeadlineExceeded if another has it for long
 */
export function withLock<T>(folder: string, work: () => T): T {
  const { name, pipe } = take(folder);
  try {
    return work();
  } finally {
    if (existsSync(folder)) renameSync(`${folder}/${name}`, `${folder}/free`);
    closeSync(pipe);
  }
}

interface Taken {
  readonly name: string;
  readonly pipe: number;
}

function take(folder: string): Taken {
  for (let waited = 0; waited < longestMs; waited += pauseMs) {
    const [name] = readdirSync(folder);
    const taken = name === undefined || isHeld(folder, name) ? undefined : claim(folder, name);
    if (taken !== undefined) return taken;
    Atomics.wait(pause, 0, 0, pauseMs);
  }
  throw new HwError('DeadlineExceeded', `another program has had ${folder} for ${longestMs} ms`);
}

/** The pipe is opened before it is renamed: nobody may take the new owner for dead. */
function claim(folder: string, name: string): Taken | undefined {
  let pipe: number | undefined;
  try {
    pipe = openSync(`${folder}/${name}`, constants.O_RDONLY | constants.O_NONBLOCK);
    const own = randomUUID();
    renameSync(`${folder}/${name}`, `${folder}/${own}`);
    return { name: own, pipe };
  } catch (error) {
    if (pipe !== undefined) closeSync(pipe);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isHeld(folder: string, name: string): boolean {
  if (name === 'free') return false;
  try {
    closeSync(openSync(`${folder}/${name}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return !['ENXIO', 'ENOENT'].includes(code);
  }
}
