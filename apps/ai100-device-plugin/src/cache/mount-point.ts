import { type HostRoot, makeFolder } from '@rackwright/host';
import type { HostTools } from '@rackwright/storage';

/**
 * Makes the folder that something is to be mounted at. Where its file system can,
 * it becomes immutable: who writes to it while nothing is mounted there fails, in
 * place of filling the disk below.
 */
export async function prepareMountPoint(
  path: string,
  { tools, host }: { readonly tools: HostTools; readonly host: HostRoot },
  signal: AbortSignal,
): Promise<void> {
  await makeFolder(host.path(path));
  // Not every file system knows the attribute, nor has every host the tool: the cache works without.
  await tools.run(['chattr', '+i', path], { signal }).catch(() => signal.throwIfAborted());
}
