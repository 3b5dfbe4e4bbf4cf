export {
  type AccessUse,
  accessUses,
  formatTarget,
  type UsedVerbs,
  usedVerbs,
} from './audit/access.ts';
export { type AccountReport, accountReport } from './audit/account-report.ts';
export { type AuditEvent, parseAuditEvent, type RoleRef } from './audit/audit-event.ts';
export { type AuditLogOptions, readAuditLog, serviceAccountUser } from './audit/audit-log.ts';
export { type DeniedRequest, deniedRequests, formatDenied } from './audit/denied.ts';
export {
  formatGrant,
  type Grant,
  grantsOf,
  type RbacSnapshot,
  readRbac,
  unusedGrants,
} from './audit/grants.ts';
export { type BuildOptions, buildApps, buildImages, workspaceRoot } from './build-apps.ts';
export { CertManager, type CertManagerOptions } from './cert-manager.ts';
export { type ContainerStorage, containerStorage, storageEnv } from './containers/container-storage.ts';
export { Authority } from './control-plane/authority.ts';
export {
  ControlPlane,
  type ControlPlaneComponent,
  type ControlPlaneOptions,
} from './control-plane/control-plane.ts';
export { freePort, freePorts } from './control-plane/ports.ts';
export { demoNodes, type NodeSpec } from './demo-nodes.ts';
export { finalStage, type ImageStart, type Instruction, imageStart } from './dockerfile.ts';
export { type HttpGetOptions, httpGet } from './http-get.ts';
export {
  type InstallOptions,
  type InstallTarget,
  installRackwright,
  type RackwrightInstallation,
  thisArchitecture,
  umbrellaChart,
} from './installation.ts';
export { ClusterNetwork } from './network/cluster-network.ts';
export { LoadBalancer, type LoadBalancerOptions } from './network/load-balancer.ts';
export type { LoadBalancerMode } from './network/load-balancer-plan.ts';
export type { TopologyPolicy } from './node-environment/configuration.ts';
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
export { type OpenApiV2, writeSchemas } from './openapi-schemas.ts';
export { chownToSudoUser } from './process/chown-to-sudo-user.ts';
export { Daemon, type DaemonExit, type DaemonSpec } from './process/daemon.ts';
export { isGone, parseOwner, thisProcess } from './process/owner.ts';
export { orphanedFolders, type TemporaryFolder, temporaryFolder } from './process/temporary-folder.ts';
export { cacheFolder } from './programs/cache.ts';
export { type ProgramName, programNames } from './programs/catalogue.ts';
export { ProgramResolver, type ProgramResolverOptions } from './programs/resolver.ts';
export { disliked, keptMetricNames, promtoolExpected } from './promtool.ts';
export {
  clusterTimings,
  type PodName,
  SimulatedCluster,
  type SimulatedClusterOptions,
} from './simulated-cluster.ts';
export { clusterFaults } from './simulated-cluster-faults.ts';
export { appImages, appNames, appNodeFlags, builtApps, checkBuilt } from './simulated-cluster-images.ts';
export type { SimulatedNode } from './simulated-cluster-node.ts';
export { readTar } from './tar/read-tar.ts';
export { type TarEntry, type TarType, tarEntry } from './tar/tar-entry.ts';
export { writeTar } from './tar/write-tar.ts';
export { TcpProxy, type TcpProxyMode } from './tcp-proxy.ts';
export type { DriveSpec } from './vm/drive.ts';
export type { DriveFaults } from './vm/drive-faults.ts';
export type { GuestExit } from './vm/guest/protocol.ts';
export { GuestNode, type GuestNodeOptions, type GuestPod } from './vm/guest-node.ts';
export { sharedFolder } from './vm/initrd.ts';
export { type GuestNeed, whyNoVirtualMachine } from './vm/needs.ts';
export { type MachineOptions, VirtualMachine } from './vm/virtual-machine.ts';
export { LocalVolumes, type LocalVolumesOptions } from './volumes/local-volumes.ts';
export { localProvisioner } from './volumes/volume-plan.ts';
export { type WaitOptions, waitUntil } from './wait-until.ts';
