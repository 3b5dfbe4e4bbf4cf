/** The door for tests that need no node: loading all that nodes are made of takes each test file a second. */
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
export { type CsiSanityOptions, type CsiSanityReport, runCsiSanity } from './csi-sanity.ts';
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
export { type OpenApiV2, writeSchemas } from './openapi-schemas.ts';
export { chownToSudoUser } from './process/chown-to-sudo-user.ts';
export { Daemon, type DaemonExit, type DaemonSpec } from './process/daemon.ts';
export { isGone, parseOwner, thisProcess } from './process/owner.ts';
export { orphanedFolders, type TemporaryFolder, temporaryFolder } from './process/temporary-folder.ts';
export { cacheFolder } from './programs/cache.ts';
export { type ProgramName, programNames } from './programs/catalogue.ts';
export { ProgramResolver, type ProgramResolverOptions } from './programs/resolver.ts';
export { disliked, keptMetricNames, promtoolExpected } from './promtool.ts';
export { readTar } from './tar/read-tar.ts';
export { type TarEntry, type TarType, tarEntry } from './tar/tar-entry.ts';
export { writeTar } from './tar/write-tar.ts';
export { TcpProxy, type TcpProxyMode } from './tcp-proxy.ts';
export { bundlePath, bundlePrograms } from './vm/guest-bundle.ts';
export { type WaitOptions, waitUntil } from './wait-until.ts';
