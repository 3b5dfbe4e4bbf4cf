import { kubernetes } from '@rackwright/keys';
import type { Node } from '@rackwright/kube';
import type { DeviceCapacity } from '../devices/device-state.ts';

/** The version the double speaks like. */
export const kubeletVersion = 'v1.36.3';

/** What a node is, apart from its devices. */
export interface NodeFacts {
  readonly nodeName: string;
  /** The address the Node shows. */
  readonly nodeIp: string;
  readonly kubeletPort: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Counts by resource: cpu in cores, memory in bytes, pods. */
  readonly resources: Readonly<Record<string, number>>;
  readonly kernelVersion: string;
  readonly bootId: string;
}

type NodeStatus = NonNullable<Node['status']>;

/** Labels every kubelet puts on its Node, and those given. */
export function nodeLabels(facts: NodeFacts): Record<string, string> {
  return {
    [kubernetes.label.hostname]: facts.nodeName,
    [kubernetes.label.os]: 'linux',
    [kubernetes.label.arch]: goArch(process.arch),
    ...facts.labels,
  };
}

/** The status of the Node, conditions without times. */
export function nodeStatus(facts: NodeFacts, devices: DeviceCapacity): NodeStatus {
  return {
    capacity: quantities({ ...facts.resources, ...devices.capacity }),
    allocatable: quantities({ ...facts.resources, ...devices.allocatable }),
    addresses: [
      { type: 'InternalIP', address: facts.nodeIp },
      { type: 'Hostname', address: facts.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    nodeInfo: {
      architecture: goArch(process.arch),
      bootID: facts.bootId,
      containerRuntimeVersion: 'rackwright://1',
      kernelVersion: facts.kernelVersion,
      kubeProxyVersion: '',
      kubeletVersion,
      machineID: facts.bootId,
      operatingSystem: 'linux',
      osImage: 'Rackwright simulated node',
      systemUUID: facts.bootId,
    },
    conditions: conditions(),
  };
}

function conditions(): NonNullable<NodeStatus['conditions']> {
  const fine = (type: string, reason: string, message: string, status: 'True' | 'False') => ({
    ...{ type, status, reason, message },
  });
  return [
    fine('MemoryPressure', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available', 'False'),
    fine('DiskPressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure', 'False'),
    fine('PIDPressure', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available', 'False'),
    fine('Ready', 'KubeletReady', 'kubelet is posting ready status', 'True'),
  ];
}

function quantities(counts: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, String(value)]));
}

/** Node's name of an architecture as Go writes it. */
function goArch(arch: string): string {
  return { x64: 'amd64', ia32: '386' }[arch] ?? arch;
}
