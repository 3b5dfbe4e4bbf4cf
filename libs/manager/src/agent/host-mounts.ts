import { posix } from 'node:path';
import { rackwright } from '@rackwright/keys';
import type { Volume, VolumeMount } from '@rackwright/kube';

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
}

/** Where the host tree appears in every agent; the value of `--host-root`. */
export const containerHostRoot = '/host';

type Access = Pick<HostMount, 'readOnly' | 'propagation' | 'create'>;

/** The folders of the host tree agents use, below `hostRoot` of the node. */
export function hostTree(hostRoot: string): {
  folder: (path: string, access?: Access) => HostMount;
  retryHandlerStatistics: (propagation: 'HostToContainer' | 'Bidirectional') => HostMount;
  state: (access?: Access) => HostMount;
} {
  const folder = (path: string, access: Access = {}): HostMount => ({
    name: path.slice(1).replaceAll('/', '-'),
    path: posix.join(hostRoot, path),
    mountPath: posix.join(containerHostRoot, path),
    ...access,
  });
  return {
    folder,
    /** cxi_rh mounts one FUSE folder per NIC there; only its supervisor passes mounts on to the host. */
    retryHandlerStatistics: (propagation) =>
      folder('/run/cxi', {
        propagation,
        create: true,
        ...(propagation === 'HostToContainer' ? { readOnly: true } : {}),
      }),
    /** What the agents of one node leave for each other. */
    state: (access = {}) => folder(rackwright.stateDir, { create: true, ...access }),
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
