import { stat, statfs } from 'node:fs/promises';
import { type BoundedCalls, HwError } from '@rackwright/core';
import { deviceNumber } from './device-number.ts';

/** How full a file system is, as decimal text. */
export interface FileSystemUse {
  readonly sizeBytes: string;
  readonly usedBytes: string;
  readonly availableBytes: string;
  readonly files: string;
  readonly filesFree: string;
}

/** Asks file systems how full they are. One that hangs costs a thread until it answers, and is not asked again before. */
export class FileSystemUseReader {
  readonly #calls: BoundedCalls;

  constructor(calls: BoundedCalls) {
    this.#calls = calls;
  }

  /**
   * How full the file system at `path` is, if it is the one on `device`.
   *
   * @throws HwError as `BoundedCalls`, FailedPrecondition if another one is there
   */
  read(path: string, device: string, signal: AbortSignal): Promise<FileSystemUse> {
    return this.#calls.run(`statfs ${path}`, () => ask(path, device), signal);
  }
}

async function ask(path: string, device: string): Promise<FileSystemUse> {
  const found = deviceNumber((await stat(path, { bigint: true })).dev);
  if (found !== device)
    throw new HwError('FailedPrecondition', `${path} is on device ${found}, not ${device}`);
  const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(path, { bigint: true });
  return {
    sizeBytes: `${blocks * bsize}`,
    usedBytes: `${(blocks - bfree) * bsize}`,
    availableBytes: `${bavail * bsize}`,
    files: `${files}`,
    filesFree: `${ffree}`,
  };
}
