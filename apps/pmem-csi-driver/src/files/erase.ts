import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { HwError } from '@rackwright/core';

const chunk = 4 * 1024 * 1024;

/**
 * Overwrites a device with zeros from its beginning.
 *
 * @throws HwError FailedPrecondition while it is in use: the kernel lets nobody else have it then
 */
export async function writeZeros(path: string, bytes: bigint, signal: AbortSignal): Promise<void> {
  const file = await openAlone(path, constants.O_WRONLY);
  try {
    const zeros = Buffer.alloc(chunk);
    for (let at = 0n; at < bytes; at += BigInt(chunk)) {
      signal.throwIfAborted();
      const length = Number(bytes - at < BigInt(chunk) ? bytes - at : BigInt(chunk));
      await file.write(zeros, 0, length, Number(at));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws HwError FailedPrecondition while a block device is mounted or opened alone */
export async function requireUnopened(path: string): Promise<void> {
  await (await openAlone(path, constants.O_RDONLY)).close();
}

/** O_EXCL without O_CREAT: the kernel refuses a block device that somebody has claimed (open(2)). */
function openAlone(path: string, flags: number): ReturnType<typeof open> {
  return open(path, flags | constants.O_EXCL).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === 'EBUSY' ? new HwError('FailedPrecondition', `${path} is in use`, { cause }) : cause;
  });
}
