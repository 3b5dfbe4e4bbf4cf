import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { HwError } from '@rackwright/core';

const chunk = 4 * 1024 * 1024;
/** What is written before it must be on the device: what waits in memory for more holds up the files of others. */
const syncedBytes = 32n * 1024n * 1024n;

/** What of a device is overwritten. */
export interface ZeroRange {
  /** Default its beginning. */
  readonly from?: bigint;
  readonly to: bigint;
  /** Told now and then how many bytes are done. */
  readonly progress?: (bytes: bigint) => void;
}

/**
 * Overwrites a range of a device with zeros, which are on it afterwards.
 *
 * @throws HwError FailedPrecondition while it is in use: the kernel lets nobody else have it then
 */
export async function writeZeros(path: string, range: ZeroRange, signal: AbortSignal): Promise<void> {
  const { from = 0n, to, progress } = range;
  const file = await openAlone(path, constants.O_WRONLY);
  try {
    const zeros = Buffer.alloc(Number(least(to - from, BigInt(chunk))));
    let synced = from;
    for (let at = from; at < to; ) {
      signal.throwIfAborted();
      const length = Number(least(to - at, BigInt(chunk)));
      // A write may take less than it was given (write(2)); the rest must not keep its data.
      at += BigInt((await file.write(zeros, 0, length, Number(at))).bytesWritten);
      if (at - synced < syncedBytes && at < to) continue;
      await file.datasync();
      synced = at;
      progress?.(at - from);
    }
  } finally {
    await file.close();
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
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
  for (const [from = 0n, to = 0n] of ends) await writeZeros(path, { from, to }, signal);
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
