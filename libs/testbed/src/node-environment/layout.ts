import { join } from 'node:path';

/** Address of the control plane's machine, which is the router between the nodes. */
export const controlPlaneAddress = '10.240.0.1';

/** Addresses of pods. Like all others here it is inside the namespaces of the run, and nothing outside sees it. */
export const podNetwork = '10.244.0.0/16';

/** Folders of the machine that every node has anew, empty: whatever lies below them is out of a node's sight. */
export const freshFolders = ['/run', '/var/log', '/var/lib'] as const;

/**
 * Where the node tree of the simulated hardware appears on every node: the chart
 * value `host.root`. In a fresh folder it covers nothing of the machine.
 */
export const nodeHostRoot = '/run/host';

/** Folders and addresses of one node. Paths are the same inside and outside of its mounts unless said. */
export interface NodeLayout {
  readonly name: string;
  readonly folder: string;
  /** What survives a restart of the node; the kubelet sees it as /var/lib/kubelet. */
  readonly kubeletRoot: string;
  /** Images and containers; survives a restart too. */
  readonly containerdRoot: string;
  /** Tree of the simulated hardware; on the node it appears as `nodeHostRoot`. */
  readonly host: string;
  readonly logs: string;
  /** Stands for /sys/devices/system/node, where the kubelet learns of NUMA nodes. */
  readonly numa: string;
  /** What is written below /etc; survives a restart. */
  readonly etc: string;
  /** The interface of the control plane's machine at which the node's cable ends. */
  readonly uplink: string;
  readonly address: string;
  /** Addresses of its pods. */
  readonly subnet: string;
}

/** Folder of a node's files that tell its container runtime where images come from. */
export function registriesFolder({ folder }: Pick<NodeLayout, 'folder'>): string {
  return join(folder, 'registries');
}

/** The socket of the container runtime, as the node sees it. */
export const runtimeSocket = '/run/containerd/containerd.sock';

/** @param index from 1 to 254, different for each node */
export function nodeLayout(testEnv: string, name: string, index: number): NodeLayout {
  const folder = join(testEnv, name);
  return {
    name,
    folder,
    kubeletRoot: join(folder, 'kubelet'),
    containerdRoot: join(folder, 'containerd'),
    host: join(folder, 'host'),
    logs: join(folder, 'logs'),
    numa: join(folder, 'numa'),
    etc: join(folder, 'etc'),
    uplink: `rw${index}`,
    address: `10.240.1.${index}`,
    subnet: `10.244.${index}.0/24`,
  };
}
