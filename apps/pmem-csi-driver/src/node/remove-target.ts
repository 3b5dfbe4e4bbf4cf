import { rmdir } from 'node:fs/promises';
import { HwError } from '@rackwright/core';

/**
 * Removes the empty folder that was a target.
 *
 * @param path where it is, as this process sees it
 * @param target as the request has it
 * @throws HwError FailedPrecondition if there is something in it, which stays
 */
export async function removeTarget(path: string, target: string): Promise<void> {
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOTEMPTY'
      ? new HwError('FailedPrecondition', `${target} is no volume of this driver: there are files in it`)
      : error;
  });
}
