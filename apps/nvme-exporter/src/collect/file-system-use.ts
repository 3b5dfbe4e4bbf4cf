import { stat, statfs } from 'node:fs/promises';
import { type Clock, HwError, withDeadline } from '@rackwright/core';

/** How full a file system is, as decimal text. */
export interface FileSystemUse {
  readonly sizeBytes: string;
  readonly usedBytes: string;
  readonly availableBytes: string;
  readonly files: string;
  readonly filesFree: string;
}

/** A file system that answers at all does so within this time. */
const deadlineMs = 5000;

/** Asks file systems how full they are. One that hangs costs a thread until it answers, and is not asked again before. */
export class FileSystemUseReader {
  readonly #clock: Clock;
  readonly #asked = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Questions that are not answered yet. */
  get stuck(): number {
    return this.#asked.size;
  }

  /**
   * How full the file system at `path` is, if it is the one on `device`.
   *
   * @throws HwError DeadlineExceeded if it does not answer, Unavailable while it has not answered an earlier question,
   *   FailedPrecondition if another one is there
   */
  async read(path: string, device: string, signal: AbortSignal): Promise<FileSystemUse> {
    if (this.#asked.has(path)) throw new HwError('Unavailable', `${path} has not answered yet`);
    this.#asked.add(path);
    const asked = ask(path, device).finally(() => this.#asked.delete(path));
    return await withDeadline(this.#clock, deadlineMs, `statfs ${path}`, () => asked, signal);
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

/** `major:minor` of a device number of the C library (makedev(3)). */
export function deviceNumber(dev: bigint): string {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
  const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
  return `${major}:${minor}`;
}
