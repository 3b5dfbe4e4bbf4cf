import { posix } from 'node:path';
import type { Volume, VolumeMount } from '@rackwright/kube';

/** Where the parts of a node are that agents look at. */
export interface NodeLayout {
  /** The host tree; `/` but for simulated hosts. */
  readonly hostRoot: string;
  /** The kubelet's root folder. */
  readonly kubeletDir: string;
  /** Where the container runtime looks for CDI specifications. */
  readonly cdiDir: string;
}

/** A folder of the node in a container. */
export interface HostMount {
  readonly name: string;
  /** On the node. */
  readonly path: string;
  /** In the container. */
  readonly mountPath: string;
  readonly readOnly?: true;
  readonly propagation?: 'HostToContainer' | 'Bidirectional';
  /** Missing folders are made by the kubelet. */
  readonly create?: true;
  /** Mounted only in agents that are made for it; absent for always. */
  readonly purpose?: string;
}

/** Where the host tree appears in every agent; the value of `--host-root`. */
export const containerHostRoot = '/host';

/** A folder of the host tree, at the same place below `containerHostRoot`. */
export function hostFolder(
  { hostRoot }: NodeLayout,
  path: string,
  access: Omit<HostMount, 'name' | 'path' | 'mountPath'> = {},
): HostMount {
  return {
    name: path.slice(1).replaceAll('/', '-'),
    path: posix.join(hostRoot, path),
    mountPath: posix.join(containerHostRoot, path),
    ...access,
  };
}

export function volumeOf(mount: HostMount): Volume {
  const type = mount.create ? ('DirectoryOrCreate' as const) : ('Directory' as const);
  return { name: mount.name, hostPath: { path: mount.path, type } };
}

export function volumeMountOf(mount: HostMount): VolumeMount {
  return {
    name: mount.name,
    mountPath: mount.mountPath,
    ...(mount.readOnly ? { readOnly: true } : {}),
    ...(mount.propagation ? { mountPropagation: mount.propagation } : {}),
  };
}
