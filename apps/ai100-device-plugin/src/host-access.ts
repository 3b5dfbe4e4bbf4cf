import type { BoundedCalls, Clock } from '@rackwright/core';
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
  /** For what may hang: disks and file systems on them. */
  readonly calls: BoundedCalls;
}

/** mountinfo of a node with many pods is long. */
const maxBytes = 4 * 1024 * 1024;

/** Where the host is. */
export interface HostPlace {
  /** Where this process sees its `/`. */
  readonly hostRoot: string;
  /** Where it lies on the node; `/` but for a simulated host. */
  readonly nodeRoot: string;
}

/** Opens the host. */
export function hostAccess(
  place: HostPlace,
  env: NodeJS.ProcessEnv,
  { clock, calls }: { readonly clock: Clock; readonly calls: BoundedCalls },
): HostAccess {
  const root = hostRoot(place.hostRoot, env);
  const runner = new SystemProcessRunner(clock);
  const entry = toolEntry(root, place, env);
  const tools = new HostTools({ runner, root, entry });
  return { root, files: new HostFiles(root, { maxBytes }), tools, lvm: new Lvm(tools), calls };
}

/**
 * On the host itself its programs are run as they are; from a container they are
 * run in the namespaces of the host's first process. A simulated host has
 * programs of its own: those of the node would change the node.
 */
function toolEntry(root: HostRoot, { nodeRoot }: HostPlace, env: NodeJS.ProcessEnv): ToolEntry {
  const isSimulated = nodeRoot !== '/' || (env[rackwright.env.sandboxRoot] ?? '') !== '';
  return root.prefix === '/' || isSimulated ? 'tree' : 'pid1';
}
