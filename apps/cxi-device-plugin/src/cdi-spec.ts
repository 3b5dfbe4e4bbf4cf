import { basename, posix } from 'node:path';
import { cxi } from '@rackwright/keys';
import { type CdiEdits, type CdiHook, type CdiSpec, cdiSpec } from '@rackwright/kubelet';
import { containerNode, nodePermissions } from './allocate-response.ts';
import type { Library } from './libraries.ts';
import type { Nic } from './model.ts';

/** What a node's CDI specification is made from. */
export interface CdiContent {
  /** NICs; those without a device node are left out. */
  readonly nics: readonly Pick<Nic, 'name' | 'index' | 'nodePresent'>[];
  readonly libraries: readonly Library[];
  readonly xpmem: boolean;
  /** Turns a host path into one of the node that the runtime opens. */
  readonly onNode: (hostPath: string) => string;
  /** Turns the name of a device node, `cxi0`, into the path the runtime opens. */
  readonly nodeOf: (name: string) => string;
  /** NAME=VALUE each, set in every container that gets a NIC. */
  readonly env?: readonly string[];
  /** Program that brings a container's linker cache up to date; none if empty. */
  readonly ldcacheHook?: string;
}

/** Options of a read-only bind mount; OCI runtimes take `bind` in place of a type. */
const mountOptions = ['ro', 'nosuid', 'nodev', 'bind', 'relatime'];

/**
 * The CDI specification of a node: each NIC as `cxiN` and, as HPE's tool named
 * it, as `N`; all of them as `all`. Undefined if there is no NIC to name.
 */
export function cxiCdiSpec(content: CdiContent): CdiSpec | undefined {
  const nics = content.nics.filter((nic) => nic.nodePresent);
  if (nics.length === 0) return undefined;
  const nodes = (names: readonly string[]): CdiEdits => ({
    deviceNodes: names.map((name) => deviceNode(name, content)),
  });
  return cdiSpec({
    kind: cxi.cdiKind,
    devices: [
      ...nics.map(({ name }) => ({ name, containerEdits: nodes([name]) })),
      ...nics.map(({ name, index }) => ({ name: String(index), containerEdits: nodes([name]) })),
      { name: 'all', containerEdits: nodes(nics.map(({ name }) => name)) },
    ],
    containerEdits: commonEdits(content),
  });
}

function commonEdits(content: CdiContent): CdiEdits {
  const { env = [], ldcacheHook = '', libraries, onNode } = content;
  const hooks = ldcacheHook === '' ? [] : [hookOf(ldcacheHook, libraries)];
  return {
    ...(env.length > 0 && { env }),
    ...(content.xpmem && { deviceNodes: [deviceNode('xpmem', content)] }),
    mounts: libraries.map(({ containerPath, hostPath }) => ({
      hostPath: onNode(hostPath),
      containerPath,
      options: mountOptions,
    })),
    ...(hooks.length > 0 && { hooks }),
  };
}

function deviceNode(name: string, { nodeOf }: CdiContent): NonNullable<CdiEdits['deviceNodes']>[number] {
  const path = containerNode(name);
  const hostPath = nodeOf(name);
  return { path, ...(hostPath !== path && { hostPath }), permissions: nodePermissions };
}

/** Called as NVIDIA's `nvidia-cdi-hook update-ldcache` is. */
function hookOf(program: string, libraries: readonly Library[]): CdiHook {
  const folders = [...new Set(libraries.map(({ containerPath }) => posix.dirname(containerPath)))];
  return {
    hookName: 'createContainer',
    path: program,
    args: [basename(program), 'update-ldcache', ...folders.flatMap((folder) => ['--folder', folder])],
  };
}
