export { demoNodes, type NodeSpec } from './demo-nodes.ts';
export { ClusterNetwork } from './network/cluster-network.ts';
export { LoadBalancer, type LoadBalancerOptions } from './network/load-balancer.ts';
export type { LoadBalancerMode } from './network/load-balancer-plan.ts';
export type { TopologyPolicy } from './node-environment/configuration.ts';
export {
  type ContainerConfinement,
  readContainerConfinement,
} from './node-environment/container-confinement.ts';
export { type ContainerMemory, readContainerMemory } from './node-environment/container-memory.ts';
export {
  isConnected,
  offeredResources,
  type PluginNote,
  pluginNotes,
  registrationTimes,
  withoutDevices,
} from './node-environment/kubelet-log.ts';
export { nodeHostRoot } from './node-environment/layout.ts';
export { namespacesFolder, runInNamespaces } from './node-environment/namespaces.ts';
export { checkNeeds } from './node-environment/needs.ts';
export { RealCluster, type RealClusterOptions } from './node-environment/real-cluster.ts';
export type { RealNode } from './node-environment/real-node.ts';
export { type SidecarName, sidecarImages, sidecarNames } from './sidecars/sidecar-images.ts';
export {
  clusterTimings,
  type PodName,
  SimulatedCluster,
  type SimulatedClusterOptions,
} from './simulated-cluster.ts';
export { clusterFaults } from './simulated-cluster-faults.ts';
export { appImages, appNames, appNodeFlags, builtApps, checkBuilt } from './simulated-cluster-images.ts';
export type { SimulatedNode } from './simulated-cluster-node.ts';
export type { DriveSpec } from './vm/drive.ts';
export type { DriveFaults } from './vm/drive-faults.ts';
export type { GuestExit } from './vm/guest/protocol.ts';
export { GuestNode, type GuestNodeOptions, type GuestPod } from './vm/guest-node.ts';
export { sharedFolder } from './vm/initrd.ts';
export { type GuestNeed, whyNoVirtualMachine } from './vm/needs.ts';
export type { NvdimmSpec } from './vm/nvdimm.ts';
export { type MachineOptions, VirtualMachine } from './vm/virtual-machine.ts';
export { LocalVolumes, type LocalVolumesOptions } from './volumes/local-volumes.ts';
export { localProvisioner } from './volumes/volume-plan.ts';
export * from './without-nodes.ts';
