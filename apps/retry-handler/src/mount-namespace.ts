import { existsSync } from 'node:fs';
import type { HostRoot } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';

/**
 * The file of the host's mount namespace, which programs of the host must be
 * run in; undefined on the host itself, and for a host that is only a tree of
 * files, where its programs are run as they are.
 */
export function hostMountNamespace(root: HostRoot, env: NodeJS.ProcessEnv): string | undefined {
  if (root.prefix === '/' || (env[rackwright.env.sandboxRoot] ?? '') !== '') return undefined;
  const file = root.path(root.proc('1', 'ns', 'mnt'));
  return existsSync(file) ? file : undefined;
}
