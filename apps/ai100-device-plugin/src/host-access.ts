import type { Clock } from '@rackwright/core';
import { HostFiles, type HostRoot, SystemProcessRunner } from '@rackwright/host';
import { rackwright } from '@rackwright/keys';
import { hostRoot } from '@rackwright/service';
import { HostTools, Lvm, type ToolEntry } from '@rackwright/storage';

/** The ways to the host: its files, its programs, its LVM. */
export interface HostAccess {
  readonly root: HostRoot;
  readonly files: HostFiles;
  readonly tools: HostTools;
  readonly lvm: Lvm;
}

/** mountinfo of a node with many pods is long. */
const maxBytes = 4 * 1024 * 1024;

/** Opens the host at `path`, the value of `--host-root`. */
export function hostAccess(path: string, env: NodeJS.ProcessEnv, clock: Clock): HostAccess {
  const root = hostRoot(path, env);
  const runner = new SystemProcessRunner(clock);
  const tools = new HostTools({ runner, root, entry: toolEntry(root, env) });
  return { root, files: new HostFiles(root, { maxBytes }), tools, lvm: new Lvm(tools) };
}

/**
 * On the host itself and on a simulated one programs are run as they are; from a
 * container they are run in the namespaces of the host's first process.
 */
function toolEntry(root: HostRoot, env: NodeJS.ProcessEnv): ToolEntry {
  const isSimulated = (env[rackwright.env.sandboxRoot] ?? '') !== '';
  return root.prefix === '/' || isSimulated ? 'tree' : 'pid1';
}
