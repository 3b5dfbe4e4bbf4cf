export {
  ControlPlane,
  type ControlPlaneComponent,
  type ControlPlaneOptions,
} from './control-plane/control-plane.ts';
export { demoNodes, type NodeSpec } from './demo-nodes.ts';
export {
  type InstallOptions,
  type InstallTarget,
  installRackwright,
  type RackwrightInstallation,
  umbrellaChart,
} from './installation.ts';
export { Daemon, type DaemonExit, type DaemonSpec } from './process/daemon.ts';
export { type TemporaryFolder, temporaryFolder } from './process/temporary-folder.ts';
export { type ProgramName, programNames } from './programs/catalogue.ts';
export { ProgramResolver, type ProgramResolverOptions } from './programs/resolver.ts';
export { type WaitOptions, waitUntil } from './wait-until.ts';
