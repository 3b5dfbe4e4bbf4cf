import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { HwError } from '@rackwright/core';

/** Longest path of a unix socket in bytes: sun_path is 108 with its closing NUL (unix(7)). */
export const MAX_SOCKET_PATH = 107;

/**
 * The real path of a socket in `folder`. Links are followed first, so that a
 * short link to a deep folder does not hide a path the kernel would cut.
 *
 * @throws HwError NotFound if the folder is missing, InvalidArgument if the path is too long
 */
export function socketPath(folder: string, name: string): string {
  let real: string;
  try {
    real = realpathSync(folder);
  } catch (cause) {
    throw new HwError('NotFound', `socket folder ${folder} cannot be opened`, {
      remedy: 'mount the folder, or wait until the kubelet has made it',
      cause,
    });
  }
  const path = join(real, name);
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH) {
    throw new HwError('InvalidArgument', `socket path ${path} has ${bytes} bytes`, {
      remedy: `unix sockets allow ${MAX_SOCKET_PATH}; use a shorter folder`,
    });
  }
  return path;
}

/**
 * How many bytes the name of a socket in `folder` may have, both for those who
 * follow links to it and for those who do not.
 */
export function socketRoom(folder: string): number {
  let real = folder;
  try {
    real = realpathSync(folder);
  } catch {
    // Not there yet: what it is called is all that is known of it.
  }
  return MAX_SOCKET_PATH - '/'.length - Math.max(Buffer.byteLength(folder), Buffer.byteLength(real));
}
