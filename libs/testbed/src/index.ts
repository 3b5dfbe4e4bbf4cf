export {
  ControlPlane,
  type ControlPlaneComponent,
  type ControlPlaneOptions,
} from './control-plane/control-plane.ts';
export { Daemon, type DaemonExit, type DaemonSpec } from './process/daemon.ts';
export { type TemporaryFolder, temporaryFolder } from './process/temporary-folder.ts';
export type { ProgramName } from './programs/catalogue.ts';
export { ProgramResolver, type ProgramResolverOptions } from './programs/resolver.ts';
