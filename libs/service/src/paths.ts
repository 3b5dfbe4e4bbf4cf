import { lstatSync, readdirSync, realpathSync } from 'node:fs';
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
 * The host's `/` that is mounted at `path` of the app's container. In a
 * simulated cluster symlinks stand for the mounts below it; they are found
 * once, here, so that nothing later mistakes them for links of the host.
 *
 * @param path value of `--host-root`
 */
export function hostRoot(path: string, env: NodeJS.ProcessEnv): HostRoot {
  const prefix = containerPath(path, env);
  return new HostRoot(prefix, prefix === path ? new Map() : sandboxMounts(prefix, ''));
}

/** Folders are the sandbox's own, links in them are mounts; `at` is the host path reached. */
function sandboxMounts(prefix: string, at: string): Map<string, string> {
  const mounts = new Map<string, string>();
  if (at === '' && lstatSync(prefix, { throwIfNoEntry: false })?.isDirectory() !== true) return mounts;
  for (const entry of readdirSync(prefix + at, { withFileTypes: true })) {
    const path = `${at}/${entry.name}`;
    if (entry.isSymbolicLink()) mounts.set(path, realpathSync(prefix + path));
    else if (entry.isDirectory()) {
      for (const [below, source] of sandboxMounts(prefix, path)) mounts.set(below, source);
    }
  }
  return mounts;
}

/** The address servers bind when none is given: undefined, all interfaces, except in a simulated cluster. */
export function bindAddress(env: NodeJS.ProcessEnv): string | undefined {
  const address = env[rackwright.env.sandboxAddress];
  return address === '' ? undefined : address;
}
