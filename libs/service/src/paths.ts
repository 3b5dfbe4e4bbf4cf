import { join } from 'node:path';
import { HostRoot } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';

/**
 * The path, as this process sees it, of an absolute path of the app's own
 * container. The same, except in a simulated cluster, where a folder stands
 * for the container's `/`.
 */
export function containerPath(path: string, env: NodeJS.ProcessEnv): string {
  const root = env[rackwright.env.sandboxRoot];
  return root === undefined || root === '' ? path : join(root, path);
}

/**
 * The host's `/` that is mounted at `path` of the app's container.
 *
 * @param path value of `--host-root`
 */
export function hostRoot(path: string, env: NodeJS.ProcessEnv): HostRoot {
  return new HostRoot(containerPath(path, env));
}

/** The address servers bind when none is given: undefined, all interfaces, except in a simulated cluster. */
export function bindAddress(env: NodeJS.ProcessEnv): string | undefined {
  const address = env[rackwright.env.sandboxAddress];
  return address === '' ? undefined : address;
}
