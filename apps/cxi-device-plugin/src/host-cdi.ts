import { posix } from 'node:path';
import type { HostReader } from '@rackwright/host';
import type { CdiSpec } from '@rackwright/kubelet';
import { cxiCdiSpec } from './cdi-spec.ts';
import { findLibraries, librarySources } from './libraries.ts';
import type { Nic } from './model.ts';

/** What of a host goes into its CDI specification. */
export interface HostCdiOptions {
  readonly files: HostReader;
  /** The host tree's path on the node. */
  readonly nodeRoot: string;
  readonly ofiRoot: string;
  readonly cxiRoot: string;
  readonly ldcacheHook: string;
}

/** The CDI specification of a host with these NICs as it is now. */
export function hostCdiSpec(
  nics: readonly Nic[],
  env: readonly string[],
  options: HostCdiOptions,
): CdiSpec | undefined {
  const { files, nodeRoot, ldcacheHook } = options;
  const onNode = (hostPath: string): string => posix.join(nodeRoot, hostPath);
  return cxiCdiSpec({
    nics,
    env,
    libraries: findLibraries(files, librarySources(options)),
    xpmem: files.exists(files.root.dev('xpmem')),
    onNode,
    nodeOf: (name) => onNode(files.root.dev(name)),
    ldcacheHook,
  });
}
