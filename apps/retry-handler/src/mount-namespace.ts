import { statSync } from 'node:fs';
import { errorMessage, type Logger } from '@rackwright/core';
import type { HostRoot } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';

/**
 * The file of the host's mount namespace, which programs of the host must be
 * run in; undefined on the host itself, in a simulated container, and for a
 * host that is only a tree of files, where its programs are run as they are. A
 * real container whose file is missing or out of reach looks like the last of
 * these, and cxi_rh seldom works there: the log says what is wrong.
 */
export function hostMountNamespace(
  root: HostRoot,
  env: NodeJS.ProcessEnv,
  logger: Logger,
): string | undefined {
  if (root.prefix === '/' || (env[rackwright.env.sandboxRoot] ?? '') !== '') return undefined;
  const file = root.path(root.proc('1', 'ns', 'mnt'));
  try {
    statSync(file);
    return file;
  } catch (cause) {
    logger.warn('no mount namespace of the host: cxi_rh is run among the files of this process', {
      file,
      reason: errorMessage(cause),
      remedy: `mount /proc of the node at ${root.path(root.proc())} and run the container privileged`,
    });
    return undefined;
  }
}
