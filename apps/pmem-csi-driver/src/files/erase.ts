import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { HwError } from '@rackwright/core';

const chunk = 4 * 1024 * 1024;

/**
 * Overwrites a device with zeros, from its beginning unless told otherwise, to `bytes`.
 *
 * @throws HwError FailedPrecondition while it is in use: the kernel lets nobody else have it then
 */
export async function writeZeros(path: string, bytes: bigint, signal: AbortSignal, from = 0n): Promise<void> {
  const file = await openAlone(path, constants.O_WRONLY);
  try {
    const zeros = Buffer.alloc(chunk);
    for (let at = from; at < bytes; ) {
      signal.throwIfAborted();
      const length = Number(bytes - at < BigInt(chunk) ? bytes - at : BigInt(chunk));
      // A write may take less than it was given (write(2)); the rest must not keep its data.
      at += BigInt((await file.write(zeros, 0, length, Number(at))).bytesWritten);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Where file systems, partition tables and others keep what they are known by: at both ends. */
const endBytes = 1024n * 1024n;

/** Overwrites what somebody could take a new device for something by. */
export async function clearSignatures(path: string, size: bigint, signal: AbortSignal): Promise<void> {
  const ends =
    size < 2n * endBytes
      ? [[0n, size]]
      : [
          [0n, endBytes],
          [size - endBytes, size],
        ];
  for (const [from = 0n, to = 0n] of ends) await writeZeros(path, to, signal, from);
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
