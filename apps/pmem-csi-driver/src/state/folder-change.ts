import { HwError, isHwError } from '@rackwright/core';

const full = ['the folder is full', 'make room on its file system'] as const;
const reasons: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  ENOSPC: full,
  EDQUOT: full,
  EROFS: ['the folder is read-only', 'mount its file system with write access'],
};
const unknown = [
  'the folder cannot be written',
  'look for its file system in the log of the kernel',
] as const;

/**
 * Makes a change in a folder of the driver.
 *
 * @throws HwError ResourceExhausted where the folder is full, else Internal, with its path and what to do
 */
export async function changeFolder<T>(path: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (cause) {
    if (isHwError(cause)) throw cause;
    const [problem, remedy] = reasons[(cause as NodeJS.ErrnoException).code ?? ''] ?? unknown;
    const code = problem === full[0] ? 'ResourceExhausted' : 'Internal';
    throw new HwError(code, `${path}: ${problem}`, { remedy, cause });
  }
}
