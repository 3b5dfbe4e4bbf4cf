import { join } from 'node:path';

/** Address ranges inside the enclosure; nothing outside sees them. */
const podNetwork = '10.244';

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
  readonly bridge: string;
  /** Address of the node, which is the gateway of its pods. */
  readonly address: string;
  readonly subnet: string;
}

/** The socket of the container runtime, as the node sees it. */
export const runtimeSocket = '/run/containerd/containerd.sock';

/** @param index from 1 to 254, different for each node */
export function nodeLayout(bed: string, name: string, index: number): NodeLayout {
  const folder = join(bed, name);
  return {
    name,
    folder,
    kubeletRoot: join(folder, 'kubelet'),
    containerdRoot: join(folder, 'containerd'),
    host: join(folder, 'host'),
    logs: join(folder, 'logs'),
    numa: join(folder, 'numa'),
    bridge: `rw${index}`,
    address: `${podNetwork}.${index}.1`,
    subnet: `${podNetwork}.${index}.0/24`,
  };
}
